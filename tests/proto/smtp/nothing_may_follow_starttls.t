# RFC 3207 4, 5: octets behind STARTTLS were not sent under TLS: the connection ends
@ port=submission
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.org>
1< 530 5.7.0 ~
1>> STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n
1< 501 5.5.1 ~
1.
2< 220 ~
2> EHLO client.example.com
2* 250 ~
2> STARTTLS
2< 220 ~
2tls
2> MAIL FROM:<a@example.org>
2< 503 5.5.1 ~
2> EHLO client.example.com
2< 250-~
2* 250 ~
2> STARTTLS
2< 503 5.5.1 ~
2> QUIT
2< 221 ~
2.
