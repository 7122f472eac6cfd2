# RFC 3501 6.1.2, 5.2: NOOP tells what others did
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 NOOP
1< A2 OK ~
2> B1 SELECT INBOX
2* B1 OK ~
2> B2 STORE 1 +FLAGS.SILENT (\Answered)
2< B2 OK ~
2> B3 APPEND INBOX {8+}
2>> C: d\r\n\r\n\r\n
2* B3 OK ~
1> A3 NOOP
1< * 2 EXISTS
1< * 1 RECENT
1< * 1 FETCH (FLAGS (\Answered \Recent))
1< A3 OK ~
