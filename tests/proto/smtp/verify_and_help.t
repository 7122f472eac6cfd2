# RFC 5321 3.5.3, 4.1.1.8, 4.1.1.9
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> VRFY user1@example.org
1< 252 2.0.0 ~
1> VRFY nobody@example.org
1< 550 5.1.1 ~
1> VRFY somebody@elsewhere.example
1< 454 4.7.1 ~
1> VRFY
1< 501 5.5.4 ~
1> HELP
1* 214 2.0.0 ~
1> NOOP with words
1< 250 2.0.0 ~
1> EXPN list
1< 500 5.5.2 ~
1> QUIT
1< 221 ~
1.
