# RFC 4315 2.1: UID EXPUNGE removes what is named and has \Deleted, nothing else
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1,3 +FLAGS.SILENT (\Deleted)
1< A2 OK ~
1> A3 UID EXPUNGE 2:3
1< * 3 EXPUNGE
1< * 2 RECENT
1< A3 OK ~
1> A4 UID EXPUNGE 3:200
1< A4 OK ~
1> A5 UID EXPUNGE
1< A5 BAD ~
1> A6 EXPUNGE 1
1< A6 BAD ~
1> A7 UID EXPUNGE 1:*
1< * 1 EXPUNGE
1< * 1 RECENT
1< A7 OK ~
1> A8 FETCH 1:* UID
1< * 1 FETCH (UID 2)
1< A8 OK ~
