# RFC 6531 3.4: an address in UTF-8 needs the SMTPUTF8 parameter
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<jürgen@example.com>
1< 553 5.6.7 ~
1> MAIL FROM:<jürgen@example.com> SMTPUTF8
1< 250 2.1.0 ~
1> RCPT TO:<jürgen@example.org>
1< 550 5.1.1 ~
1> QUIT
1< 221 ~
1.
