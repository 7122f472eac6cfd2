# RFC 2920 3.1: EHLO, DATA, AUTH and STARTTLS may only be the last command of a group
1< 220 ~
1>> EHLO client.example.com\r\nNOOP\r\n
1< 503 5.5.0 ~
1< 250 2.0.0 ~
1> EHLO client.example.com
1* 250 ~
1>> MAIL FROM:<a@example.com>\r\nRCPT TO:<user1@example.org>\r\nDATA\r\nNOOP\r\n
1< 250 2.1.0 ~
1< 250 2.1.5 ~
1< 503 5.5.0 ~
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
