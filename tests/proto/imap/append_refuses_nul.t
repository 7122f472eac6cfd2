# RFC 3501 9: CHAR8, what literals are of, has no NUL; all of the command is refused and none of it is there
@ login=yes
1>> A1 APPEND INBOX {18+}\r\nSubject: x\r\n\r\na\x00bc\r\n
1< A1 NO Message has a NUL octet
1>> A2 APPEND INBOX {5+}\r\na\r\n\r\n {5+}\r\na\r\n\x00\n\r\n
1< A2 NO Message has a NUL octet
1> A3 STATUS INBOX (MESSAGES)
1< * STATUS INBOX (MESSAGES 0)
1< A3 OK ~
