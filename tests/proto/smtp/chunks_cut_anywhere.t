# RFC 3030 2: chunks end anywhere, also between CR and LF; dots mean nothing; a CR at the end of all is bare
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 13\r\nSubject: cut\r
1< 250 2.0.0 ~
1>> BDAT 4\r\n\n\r\n.
1< 250 2.0.0 ~
1>> BDAT 6 LAST\r\n\r\n..\r\n
1< 250 2.0.0 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 6\r\nx: y\r\n
1< 250 2.0.0 ~
1> DATA
1< 503 5.5.1 ~
1> MAIL FROM:<b@example.com>
1< 503 5.5.1 ~
1>> BDAT 4 LAST\r\n\r\nx\r
1< 550 5.5.2 ~
1.
