# RFC 3501 9: sets in any order, backwards, overlapping, with "*"; UID sets pass by what is not there
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
@ mailbox=INBOX:deep.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 FETCH 3,1:2,2 UID
1< * 1 FETCH (UID 1)
1< * 2 FETCH (UID 2)
1< * 3 FETCH (UID 3)
1< A2 OK ~
1> A3 FETCH *:2 UID
1< * 2 FETCH (UID 2)
1< * 3 FETCH (UID 3)
1< A3 OK ~
1> A4 FETCH * UID
1< * 3 FETCH (UID 3)
1< A4 OK ~
1> A5 FETCH 2:4 UID
1< A5 BAD ~
1> A6 UID FETCH 2:4294967295 FLAGS
1< * 2 FETCH (FLAGS (\Recent) UID 2)
1< * 3 FETCH (FLAGS (\Recent) UID 3)
1< A6 OK ~
1> A7 UID FETCH 500:* FLAGS
1< * 3 FETCH (FLAGS (\Recent) UID 3)
1< A7 OK ~
1> A8 UID FETCH 500 FLAGS
1< A8 OK ~
1> A9 UID FETCH 1 (UID FLAGS UID)
1< * 1 FETCH (UID 1 FLAGS (\Recent) UID 1)
1< A9 OK ~
1> B1 STORE 1:* +FLAGS.SILENT (\Deleted)
1< B1 OK ~
1> B2 EXPUNGE
1* B2 OK ~
1> B3 FETCH 1 UID
1< B3 BAD ~
1> B4 UID FETCH 1:* FLAGS
1< B4 OK ~
