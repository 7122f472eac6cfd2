# RFC 5321 3.6.1, 7.9; RFC 3463 3.8 X.7.1: mail of strangers for strangers, however the address is written
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<user1@example.org>
1< 250 2.1.0 ~
1> RCPT TO:<somebody@elsewhere.example>
1< 454 4.7.1 ~
1> RCPT TO:<@example.org:somebody@elsewhere.example>
1< 454 4.7.1 ~
1> RCPT TO:<"somebody@elsewhere.example"@example.org>
1< 550 5.1.1 ~
1> RCPT TO:<somebody%elsewhere.example@example.org>
1< 550 5.1.1 ~
1> RCPT TO:<elsewhere.example!somebody@example.org>
1< 550 5.1.1 ~
1> RCPT TO:<somebody@elsewhere.example@example.org>
1< 501 ~
1> RCPT TO:<somebody@[192.0.2.1]>
1< 454 4.7.1 ~
1> DATA
1< 503 5.5.1 ~
1> QUIT
1< 221 ~
1.
