# RFC 2033 4.2, RFC 3030 2: after the last chunk one reply for each accepted recipient, one reply for the chunks before
@ users=lmtp.one@example.org:x,lmtp.two@example.org:x
1< 220 ~
1> LHLO client.example.com
1* 250 ~
1>> MAIL FROM:<a@example.com>\r\nRCPT TO:<lmtp.one@example.org>\r\nRCPT TO:<lmtp.two@example.org>\r\n
1< 250 2.1.0 ~
1< 250 2.1.5 ~
1< 250 2.1.5 ~
1>> BDAT 14\r\nSubject: l\r\n\r\n
1< 250 2.0.0 ~
1>> BDAT 3 LAST\r\nx\r\n
1< 250 2.0.0 ~
1< 250 2.0.0 ~
1> NOOP
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
