# RFC 5321 4.1.4: EHLO in the middle is a RSET; MAIL is not nested; a refused RCPT leaves the others
1< 220 ~
1> HELO client.example.com
1< 250 ~
1> MAIL FROM:<a@example.com> SIZE=1
1< 555 5.5.4 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> MAIL FROM:<b@example.com>
1< 503 5.5.1 ~
1> RCPT TO:<user1@example.org> NOTIFY=NEVER
1< 555 5.5.4 ~
1> DATA
1< 503 5.5.1 ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> EHLO client.example.com
1* 250 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1> MAIL FROM:<>
1< 250 2.1.0 ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> DATA now
1< 501 5.5.4 ~
1> DATA
1< 354 ~
1> .
1< 250 2.0.0 ~
# the message is done, and so is its transaction
1> DATA
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
