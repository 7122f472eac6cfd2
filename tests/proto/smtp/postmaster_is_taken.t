# RFC 5321 4.1.1.3, 4.5.1: <Postmaster> without a domain is an address
@ users=postmaster@example.org:x
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<>
1< 250 2.1.0 ~
1> RCPT TO:<PostMaster>
1< 250 2.1.5 ~
1> RCPT TO:<user1>
1< 501 ~
1> QUIT
1< 221 ~
1.
