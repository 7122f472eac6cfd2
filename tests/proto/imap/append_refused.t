# RFC 3501 6.3.11, 7.1: TRYCREATE; RFC 3502: an empty message is no message; RFC 7888: {n+} is read though refused
@ login=yes
1> A1 APPEND nowhere {8}
1< A1 NO [TRYCREATE] ~
1> A2 APPEND nowhere {3+}
1> abc
1< A2 NO [TRYCREATE] ~
1> A3 APPEND INBOX {0}
1< A3 NO ~
1> A4 APPEND INBOX {99999999999}
1< A4 NO [TOOBIG] ~
1> A5 APPEND INBOX (\Recent) {3+}
1> abc
1< A5 BAD ~
1> A6 APPEND INBOX "32-Feb-1994 21:52:25 -0800" {3}
1< A6 BAD ~
1> A7 NOOP
1< A7 OK ~
