# RFC 3501 6.2.1, RFC 2595 3.1: no password in clear; what stood behind STARTTLS is not read; STARTTLS once
@ port=imap
1< * OK [CAPABILITY IMAP4rev1 ~
1> A1 LOGIN user1@example.org secret
1< A1 NO [PRIVACYREQUIRED] ~
1> A2 AUTHENTICATE PLAIN AHVzZXIxQGV4YW1wbGUub3JnAHNlY3JldA==
1< A2 NO [PRIVACYREQUIRED] ~
1> A3 STARTTLS x
1< A3 BAD ~
1> A4 STARTTLS
1< A4 OK ~
1tls
1> A5 STARTTLS
1< A5 BAD ~
1> A6 LOGIN user1@example.org secret
1* A6 OK ~
1> A7 STARTTLS
1< A7 BAD ~
1> A8 LOGOUT
1* A8 OK ~
1.
2< * OK ~
2>> A1 STARTTLS\r\nA2 LOGIN user1@example.org secret\r\n
2< A1 OK ~
2.
