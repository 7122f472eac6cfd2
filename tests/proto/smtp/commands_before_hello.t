# RFC 5321 4.1.4: NOOP, HELP, RSET and QUIT may come at any time, also before EHLO
1< 220 ~
1> NOOP
1< 250 2.0.0 ~
1> RSET
1< 250 2.0.0 ~
1> HELP
1* 214 2.0.0 ~
1> RCPT TO:<user1@example.org>
1< 503 5.5.1 ~
1> DATA
1< 503 5.5.1 ~
1> VRFY user1@example.org
1< 503 5.5.1 ~
1> QUIT
1< 221 2.0.0 ~
1.
