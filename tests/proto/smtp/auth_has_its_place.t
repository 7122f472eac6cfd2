# RFC 4954 4: not in a transaction, with a mechanism, with sound base64; 5: AUTH= of MAIL is xtext, once
@ port=submissions
@ users=smtp.place@example.org:secret
1< 220 ~
1> AUTH PLAIN
1< 503 5.5.1 ~
1> EHLO client.example.com
1* 250 ~
1> AUTH
1< 501 5.5.4 ~
1> MAIL FROM:<smtp.place@example.org> AUTH=<>
1< 250 2.1.0 ~
1> AUTH PLAIN
1< 503 5.5.1 A mail transaction is under way
1> RSET
1< 250 ~
1> MAIL FROM:<smtp.place@example.org> AUTH=
1< 501 5.5.4 ~
1> MAIL FROM:<smtp.place@example.org> AUTH=a+XX
1< 501 5.5.4 ~
1> MAIL FROM:<smtp.place@example.org> AUTH=a AUTH=b
1< 501 5.5.4 ~
1> AUTH PLAIN =
1< 535 5.7.8 ~
1> QUIT
1< 221 ~
1.
