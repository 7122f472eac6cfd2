# RFC 7888 4, RFC 3501 7.1.5: a literal that is refused is read to find the next command, unless that would take gigabytes
@ login=yes
1> A1 APPEND INBOX {99999999999}
1< A1 NO [TOOBIG] ~
1> A2 APPEND INBOX {99999999999999999999999}
1< A2 NO [TOOBIG] ~
1>> A3 CREATE {70000+}\r\n
1>x 70000 x
1>> \r\n
1< A3 NO [LIMIT] ~
1> A4 NOOP
1< A4 OK ~
1> A5 APPEND INBOX {99999999999+}
1< A5 NO [TOOBIG] ~
1< * BYE ~
1.
2> A1 CREATE {99999999999999999999999+}
2< A1 NO [LIMIT] ~
2< * BYE ~
2.
