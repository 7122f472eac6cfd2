# RFC 5321 2.3.8, 4.1.1.4: a bare LF is not a line end; the message is refused and the connection ends there
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1> DATA
1< 354 ~
1>> Subject: x\r\n\r\nhello\n.\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<user1@example.org>\r\nDATA\r\nfake\r\n.\r\n
1< 550 5.5.2 ~
1.
