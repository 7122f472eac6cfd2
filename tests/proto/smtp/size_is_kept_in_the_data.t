# RFC 1870 6.3, RFC 5321 4.5.3.1.9: a message over the limit is read to its end and refused with 552; the next one goes
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com> SIZE=10
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>x 160000 0123456789012345678901234567890123456789012345678901234567890123456789\r\n
1> .
1< 552 5.3.4 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 11520000 LAST\r\n
1>x 160000 0123456789012345678901234567890123456789012345678901234567890123456789\r\n
1< 552 5.3.4 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>> Subject: small\r\n\r\nx\r\n.\r\n
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
