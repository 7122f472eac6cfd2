# RFC 2033 4.1, 4.2: HELO and EHLO are not for LMTP; without any good recipient DATA is 503
1< 220 ~
1> HELO client.example.com
1< 500 5.5.1 ~
1> MAIL FROM:<a@example.com>
1< 503 5.5.1 ~
1> LHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<nobody@example.org>
1< 550 5.1.1 ~
1> DATA
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
