# RFC 3501 7.4.1, RFC 2180 4.1: what another session expunged is told by a command that may
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1> A1 SELECT INBOX
1* A1 OK ~
2> B1 SELECT INBOX
2* B1 OK ~
2> B2 STORE 1 +FLAGS.SILENT (\Deleted)
2< B2 OK ~
2> B3 EXPUNGE
2< * 1 EXPUNGE
2< B3 OK ~
1> A2 FETCH 2 (UID RFC822.SIZE)
1< * 2 FETCH (UID 2 ~
1* A2 OK ~
1> A3 NOOP
1* * 1 EXPUNGE
1* A3 OK ~
1> A4 FETCH 1 UID
1< * 1 FETCH (UID 2)
1< A4 OK ~
