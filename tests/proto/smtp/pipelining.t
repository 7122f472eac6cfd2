# RFC 2920 3.1: a group of commands is answered in order
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1>> MAIL FROM:<a@example.com>\r\nRCPT TO:<nobody@example.org>\r\nRCPT TO:<user1@example.org>\r\nDATA\r\n
1< 250 2.1.0 ~
1< 550 5.1.1 ~
1< 250 2.1.5 ~
1< 354 ~
1>> Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n
1< 250 2.0.0 ~
1< 221 2.0.0 ~
1.
