# RFC 5321 6.3: a message with too many Received fields goes round in circles
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>x 50 Received: from a by b; Mon, 23 Nov 2026 22:00:00 +0000\r\n
1>> \r\nx\r\n.\r\n
1< 554 5.4.6 ~
1> QUIT
1< 221 ~
1.
