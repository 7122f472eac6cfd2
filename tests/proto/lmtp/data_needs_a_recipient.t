# RFC 2033 4.2: DATA without an accepted recipient is refused with 503
1< 220 ~
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
