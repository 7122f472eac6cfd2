# RFC 6152 2, RFC 3030 3: BODY is 7BIT or 8BITMIME; BINARYMIME is not offered
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com> BODY=BINARYMIME
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> BODY
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> BODY=7BIT BODY=7BIT
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> BODY=8BITMIME
1< 250 2.1.0 ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> DATA
1< 354 ~
1>> Subject: x\r\n\r\n\xc3\xa4\xff\r\n.\r\n
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
