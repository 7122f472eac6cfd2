# RFC 3502: several messages, one command, consecutive UIDs
@ login=yes
1> A1 APPEND INBOX (\Seen) {6+}
1>> A: b\r\n {6+}\r\nC: d\r\n\r\n
1< A1 OK [APPENDUID ~
1> A2 STATUS INBOX (MESSAGES UNSEEN UIDNEXT)
1< * STATUS INBOX (MESSAGES 2 UIDNEXT 3 UNSEEN 1)
1< A2 OK ~
