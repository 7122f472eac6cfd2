# RFC 5321 4.5.3.1.10: past the limit 452, so that the client sends the others in a transaction of their own
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1>x 1000 RCPT TO:<user1@example.org>\r\n
1>> RCPT TO:<user1@example.org>\r\nDATA\r\n
1* 452 4.5.3 ~
1< 354 ~
1>> Subject: many\r\n\r\nx\r\n.\r\n
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
