# RFC 2177: flags, removals and arrivals of another session come while the client idles; IDLE takes no argument
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 IDLE x
1< A2 BAD ~
1> A3 IDLE
1< + ~
2> B1 SELECT INBOX
2* B1 OK ~
2> B2 STORE 2 +FLAGS.SILENT (\Seen)
2< B2 OK ~
1* * 2 FETCH (FLAGS (\Seen \Recent))
2> B3 MOVE 1 Trash
2* B3 OK ~
1* * 1 EXPUNGE
2> B4 APPEND INBOX {6+}
2>> a: b\r\n\r\n
2* B4 OK ~
1* * 2 EXISTS
1> DONE
1* A3 OK ~
1> A4 FETCH 1:2 UID
1< * 1 FETCH (UID 2)
1< * 2 FETCH (UID 3)
1< A4 OK ~
