# RFC 3501 5.5: commands that come together are answered in their order, each with what it changed
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1>> A1 SELECT INBOX\r\nA2 STORE 1 +FLAGS (\\Deleted)\r\nA3 EXPUNGE\r\nA4 FETCH 1 UID\r\nA5 APPEND INBOX {6+}\r\na: b\r\n\r\nA6 FETCH 2 UID\r\nA7 LOGOUT\r\n
1* A1 OK ~
1< * 1 FETCH (FLAGS (\Deleted \Recent))
1< A2 OK ~
1< * 1 EXPUNGE
1* A3 OK ~
1< * 1 FETCH (UID 2)
1< A4 OK ~
1< * 2 EXISTS
1< * 2 RECENT
1< A5 OK [APPENDUID ~
1< * 2 FETCH (UID 3)
1< A6 OK ~
1< * BYE ~
1< A7 OK ~
1.
