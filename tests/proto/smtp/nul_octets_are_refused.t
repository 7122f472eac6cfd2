# RFC 5321 4.5.2 lets a server refuse NUL; the conversation is in step and goes on
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>> Subject: x\r\n\r\na\x00b\r\n.\r\n
1< 550 5.6.0 ~
1> NOOP
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
