# RFC 3030 2, RFC 2920 3.1: BDAT may stand in a group, its octets do not end it
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1>> MAIL FROM:<a@example.com>\r\nRCPT TO:<user1@example.org>\r\nBDAT 14\r\nSubject: p\r\n\r\nBDAT 3 LAST\r\nx\r\nNOOP\r\n
1< 250 2.1.0 ~
1< 250 2.1.5 ~
1< 250 2.0.0 ~
1< 250 2.0.0 ~
1< 250 2.0.0 ~
1>> MAIL FROM:<a@example.com>\r\nRCPT TO:<nobody@example.org>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n
1< 250 2.1.0 ~
1< 550 5.1.1 ~
1< 503 5.5.1 ~
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
