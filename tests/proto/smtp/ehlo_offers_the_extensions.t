# RFC 5321 4.1.1.1: the reply to EHLO names the host and then the extensions, AUTH only under TLS (RFC 4954 3)
1< 220 ~
1> EHLO client.example.com
1< 250-~
1< 250-PIPELINING
1< 250-SIZE ~
1< 250-VRFY
1< 250-STARTTLS
1< 250-ENHANCEDSTATUSCODES
1< 250-8BITMIME
1< 250-DSN
1< 250-SMTPUTF8
1< 250 CHUNKING
1> EHLO
1< 501 5.5.4 ~
1> LHLO client.example.com
1< 500 5.5.1 ~
1> QUIT
1< 221 ~
1.
