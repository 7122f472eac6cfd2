# RFC 3501 6.4.3: EXPUNGE numbers go down as they are told; RFC 4315 2.1: UID EXPUNGE takes only what is named
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1:3 +FLAGS.SILENT (\Deleted)
1< A2 OK ~
1> A3 UID EXPUNGE 2
1< * 2 EXPUNGE
1< * 2 RECENT
1< A3 OK ~
1> A4 EXPUNGE
1* A4 OK ~
1> A5 STATUS INBOX (MESSAGES UIDNEXT)
1< * STATUS INBOX (MESSAGES 0 UIDNEXT 4)
1< A5 OK ~
