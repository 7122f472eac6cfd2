# RFC 6851 3.3, 4.3: MOVE by numbers, COPYUID before EXPUNGE, another session learns of it; not from a read-only one
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
@ mailbox=INBOX:deep.eml
1> A1 SELECT INBOX
1* A1 OK ~
2> B1 SELECT INBOX
2* B1 OK ~
1> A2 MOVE 1,3 Archive
1< * OK [COPYUID ~
1< * 3 EXPUNGE
1< * 1 EXPUNGE
1< * 1 RECENT
1< A2 OK ~
2> B2 NOOP
2< * 3 EXPUNGE
2< * 1 EXPUNGE
2* B2 OK ~
1> A3 UID MOVE 77 Archive
1< A3 OK ~
1> A4 MOVE 2 Archive
1< A4 BAD ~
1> A5 MOVE 1 INBOX
1* A5 OK ~
1> A6 FETCH 1:* UID
1< * 1 FETCH (UID 4)
1< A6 OK ~
1> A7 MOVE 1 nowhere
1< A7 NO [TRYCREATE] ~
1> A8 MOVE 1
1< A8 BAD ~
