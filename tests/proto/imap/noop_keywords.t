# RFC 3501 7.2.6: a keyword that another session makes is told before it is used
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
2> B1 SELECT INBOX
2* B1 OK ~
2> B2 STORE 1 +FLAGS.SILENT (new-word)
2* B2 OK ~
1> A2 NOOP
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft new-word)
1< * OK [PERMANENTFLAGS ~
1* * 1 FETCH (FLAGS (\Recent new-word))
1< A2 OK ~
