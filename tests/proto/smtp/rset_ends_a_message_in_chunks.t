# RFC 3030 2: RSET discards the chunks so far
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 4\r\nabcd
1< 250 ~
1> RSET
1< 250 2.0.0 ~
1> DATA
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
