# RFC 5321 4.1.1.3, 4.5.1: <Postmaster> without a domain is an address, and each of our domains has one
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<>
1< 250 2.1.0 ~
1> RCPT TO:<PostMaster>
1< 250 2.1.5 ~
1> RCPT TO:<postmaster@EXAMPLE.org>
1< 250 2.1.5 ~
1> RCPT TO:<"Postmaster"@example.org>
1< 250 2.1.5 ~
1> RCPT TO:<user1>
1< 501 ~
# but it leads nowhere else
1> RCPT TO:<postmaster@elsewhere.example>
1< 454 4.7.1 ~
1> RCPT TO:<postmaster%elsewhere.example@example.org>
1< 550 5.1.1 ~
1> DATA
1< 354 ~
1> Subject: to the postmaster
1>
1> .
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
