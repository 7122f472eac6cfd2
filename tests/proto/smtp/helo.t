# RFC 5321 4.1.1.1: HELO is answered in one line, and what EHLO would have offered may not be used
1< 220 ~
1> HELO
1< 501 5.5.4 ~
1> HELO client.example.com
1< 250 ~
1> MAIL FROM:<a@example.com> SIZE=100
1< 555 5.5.4 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> RCPT TO:<user1@example.org> NOTIFY=NEVER
1< 555 5.5.4 ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> HELO again.example.com
1< 250 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
