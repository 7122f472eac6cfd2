# RFC 3501 6.2.1, 6.2.3: no password in clear text; after STARTTLS LOGIN is taken, and STARTTLS no more
@ port=imap
@ users=imap.tls@example.org:open
1< * OK ~
1> A1 CAPABILITY
1< * CAPABILITY ~
1< A1 OK ~
1> A2 LOGIN imap.tls@example.org open
1< A2 NO [PRIVACYREQUIRED] ~
1> A3 STARTTLS
1< A3 OK ~
1tls
1> A4 LOGIN imap.tls@example.org wrong
1< A4 NO [AUTHENTICATIONFAILED] ~
1> A5 LOGIN imap.tls@example.org open
1* A5 OK ~
1> A6 LOGOUT
1< * BYE ~
1< A6 OK ~
1.
