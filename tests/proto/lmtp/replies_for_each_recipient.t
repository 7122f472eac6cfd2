# RFC 2033 4.1, 4.2: LHLO, and one reply for each accepted recipient after the data
@ users=lmtp.one@example.org:x,lmtp.two@example.org:x
1< 220 ~
1> EHLO client.example.com
1< 500 5.5.1 ~
1> LHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 ~
1> RCPT TO:<lmtp.one@example.org>
1< 250 ~
1> RCPT TO:<nobody@example.org>
1< 550 5.1.1 ~
1> RCPT TO:<lmtp.two@example.org>
1< 250 ~
1> DATA
1< 354 ~
1> Subject: l
1> 
1> .
1< 250 2.0.0 ~
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
