# RFC 3501 6.1.3: BYE first, then OK, then the end
@ login=yes
1> A1 NOOP
1< A1 OK ~
1> A2 LOGOUT
1< * BYE ~
1< A2 OK ~
1.
