# RFC 3030 2: BDAT takes octets without dots; the last chunk ends the message
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 250 ~
1>> BDAT 12\r\nSubject: c\r\n
1< 250 2.0.0 ~
1> NOOP
1< 250 2.0.0 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1>> BDAT 9 LAST\r\n\r\n.\r\nabc\r
1< 550 5.5.2 ~
1.
2< 220 ~
2> EHLO client.example.com
2* 250 ~
2>> BDAT 4\r\nabcd
2< 503 5.5.1 ~
2> MAIL FROM:<a@example.com>
2< 250 ~
2> RCPT TO:<user1@example.org>
2< 250 ~
2>> BDAT 14\r\nSubject: c\r\n\r\n
2< 250 2.0.0 ~
2>> BDAT 0 LAST\r\n
2< 250 2.0.0 ~
2> BDAT x
2< 501 5.5.4 ~
2.
