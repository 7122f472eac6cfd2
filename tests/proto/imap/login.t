# RFC 3501 6.2.3: LOGIN with a quoted string, an atom and literals; a wrong password; commands before it
1< * OK ~
1> A1 SELECT INBOX
1< A1 BAD ~
1> A2 LOGIN user1@example.org
1< A2 BAD ~
1> A3 LOGIN user1@example.org wrong
1< A3 NO [AUTHENTICATIONFAILED] ~
1> A4 LOGIN "user1@example.org" {6}
1< + ~
1> secret
1* A4 OK ~
1> A5 LOGIN user1@example.org secret
1< A5 BAD ~
1> A6 LOGOUT
1< * BYE ~
1< A6 OK ~
1.
2< * OK ~
2>> A1 LOGIN {17+}\r\nuser1@example.org {6+}\r\nsecret\r\n
2* A1 OK ~
