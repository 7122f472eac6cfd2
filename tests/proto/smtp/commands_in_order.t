# RFC 5321 4.1.4: RCPT needs MAIL, DATA needs RCPT, MAIL may not be nested; a hello ends the transaction
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1> DATA
1< 503 5.5.1 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> DATA
1< 503 5.5.1 ~
1> MAIL FROM:<b@example.com>
1< 503 5.5.1 ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> RSET
1< 250 2.0.0 ~
1> DATA
1< 503 5.5.1 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> HELO client.example.com
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
