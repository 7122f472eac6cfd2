# RFC 3501 4.3, 7: a literal in a wrong command is not asked for; RFC 7888 4: {n+} is read and thrown away
@ login=yes
1> A1 SELECT {5}
1< + ~
1> INBOX
1* A1 OK ~
1> A2 NOTHING {5}
1< A2 BAD ~
1> A3 NOTHING {6+}
1> NO OP
1< A3 BAD ~
1> A4 CREATE {100000}
1< A4 NO [LIMIT] ~
1> A5 NOOP
1< A5 OK ~
