# RFC 4954 4, 6: without TLS no password is taken (538) and AUTH is not offered; not in a transaction
1< 220 ~
1> AUTH PLAIN AHgAeQ==
1< 503 5.5.1 ~
1> EHLO client.example.com
1* 250 ~
1> AUTH PLAIN AHgAeQ==
1< 538 5.7.11 ~
1> STARTTLS
1< 220 ~
1tls
1> EHLO client.example.com
1* 250-AUTH ~
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> AUTH PLAIN AHgAeQ==
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
