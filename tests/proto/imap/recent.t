# RFC 3501 2.3.2: \Recent is told to one session; EXAMINE does not take it away
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 STATUS INBOX (RECENT)
1< * STATUS INBOX (RECENT 1)
1< A1 OK ~
1> A2 EXAMINE INBOX
1* * 1 RECENT
1* A2 OK ~
2> B1 SELECT INBOX
2* * 1 RECENT
2* B1 OK ~
3> C1 SELECT INBOX
3* * 0 RECENT
3* C1 OK ~
3> C2 FETCH 1 FLAGS
3< * 1 FETCH (FLAGS ())
3< C2 OK ~
2> B2 FETCH 1 FLAGS
2< * 1 FETCH (FLAGS (\Recent))
2< B2 OK ~
1> A3 STATUS INBOX (RECENT)
1* A3 OK ~
