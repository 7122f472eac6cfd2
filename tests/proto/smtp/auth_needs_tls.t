# RFC 4954 4: AUTH where TLS is demanded first
@ port=submission
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> AUTH PLAIN AHgAeQ==
1< 530 5.7.0 ~
1> QUIT
1< 221 ~
1.
