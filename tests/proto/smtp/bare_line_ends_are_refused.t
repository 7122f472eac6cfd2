# RFC 5321 4.1.1.4: CR LF "." CR LF and nothing else ends the data; what looks like it dooms the message (SMTP smuggling)
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>> x\r\n\r\nhello\r\n.\nNOOP\r\n.\r\n
1< 550 5.5.2 ~
1.
2< 220 ~
2> EHLO client.example.com
2* 250 ~
2> MAIL FROM:<a@example.com>
2< 250 ~
2> RCPT TO:<user1@example.org>
2< 250 ~
2> DATA
2< 354 ~
2>> x\r\n\r\nhello\n.\r\nNOOP\r\n.\r\n
2< 550 5.5.2 ~
2.
3< 220 ~
3> EHLO client.example.com
3* 250 ~
3> MAIL FROM:<a@example.com>
3< 250 ~
3> RCPT TO:<user1@example.org>
3< 250 ~
3> DATA
3< 354 ~
3>> x\r\n\r\nhello\r.\r\nNOOP\r\n.\r\n
3< 550 5.5.2 ~
3.
4< 220 ~
4> EHLO client.example.com
4* 250 ~
4> MAIL FROM:<a@example.com>
4< 250 ~
4> RCPT TO:<user1@example.org>
4< 250 ~
4> DATA
4< 354 ~
4>> x\r\n\r\nhello\r\n.\rNOOP\r\n.\r\n
4< 550 5.5.2 ~
4.
5< 220 ~
5> EHLO client.example.com
5* 250 ~
5> MAIL FROM:<a@example.com>
5< 250 ~
5> RCPT TO:<user1@example.org>
5< 250 ~
5> DATA
5< 354 ~
5>> x\r\n\r\nhello\r.\rNOOP\r\n.\r\n
5< 550 5.5.2 ~
5.
