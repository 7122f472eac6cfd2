# RFC 6531 3.4, 3.5: UTF-8 in addresses only with SMTPUTF8, which has no value, and only as UTF-8
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<jörg@example.com>
1< 553 5.6.7 ~
1> MAIL FROM:<a@example.com> SMTPUTF8=yes
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> RCPT TO:<jörg@example.org>
1< 553 5.6.7 ~
1> RSET
1< 250 ~
1>> MAIL FROM:<j\xf6rg@example.com> SMTPUTF8\r\n
1< 501 5.1.7 ~
1> MAIL FROM:<jörg@bücher.example> SMTPUTF8
1< 250 2.1.0 ~
1> QUIT
1< 221 ~
1.
