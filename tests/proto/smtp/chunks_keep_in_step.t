# RFC 3030 2: a chunk is read whatever the answer; a bad one dooms the message; DATA and BDAT do not mix
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
# no recipient: the octets are no commands
1>> BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n
1< 503 5.5.1 ~
1< 250 2.0.0 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 6\r\nA: b\r\n
1< 250 2.0.0 ~
1> DATA
1< 503 5.5.1 ~
1> MAIL FROM:<a@example.com>
1< 503 5.5.1 ~
1>> BDAT 3\r\n\x00\r\n
1< 550 5.6.0 ~
1>> BDAT 6 LAST\r\nQUIT\r\n
1< 550 5.6.0 ~
1> NOOP
1< 250 2.0.0 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 0 LAST\r\n
1< 250 2.0.0 ~
1> BDAT 5 FIRST
1< 501 5.5.4 ~
1.
