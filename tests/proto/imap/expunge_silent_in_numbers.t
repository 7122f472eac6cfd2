# RFC 3501 7.4.1: no EXPUNGE while FETCH, STORE or SEARCH without UID runs; numbers stay; UID commands may tell
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
@ mailbox=INBOX:deep.eml
1> A1 SELECT INBOX
1* A1 OK ~
2> B1 SELECT INBOX
2* B1 OK ~
2> B2 STORE 1 +FLAGS.SILENT (\Deleted)
2< B2 OK ~
2> B3 EXPUNGE
2< * 1 EXPUNGE
2< B3 OK ~
1> A2 FETCH 3 UID
1< * 3 FETCH (UID 3)
1< A2 OK ~
1> A3 SEARCH SUBJECT deep
1< * SEARCH 3
1< A3 OK ~
1> A4 STORE 3 +FLAGS (\Flagged)
1< * 3 FETCH (FLAGS (\Flagged \Recent))
1< A4 OK ~
1> A5 FETCH 1 BODY.PEEK[TEXT]
1< A5 NO [EXPUNGEISSUED] ~
1> A6 STORE 1 +FLAGS (\Flagged)
1< A6 OK [EXPUNGEISSUED] ~
1> A7 COPY 1 Trash
1< * 1 EXPUNGE
1< * 2 RECENT
1< A7 NO [EXPUNGEISSUED] ~
2> B4 STORE 1 +FLAGS.SILENT (\Deleted)
2* B4 OK ~
2> B5 EXPUNGE
2* B5 OK ~
1> A8 UID FETCH 1:3 UID
1< * 1 FETCH (UID 2)
1< * 2 FETCH (UID 3)
1< * 1 EXPUNGE
1< * 1 RECENT
1< A8 OK ~
1> A9 FETCH 1 UID
1< * 1 FETCH (UID 3)
1< A9 OK ~
