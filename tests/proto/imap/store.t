# RFC 3501 6.4.6: FLAGS, +FLAGS, -FLAGS, with and without .SILENT; keywords
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1 +FLAGS (\Flagged $Forwarded)
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded)
1< * OK [PERMANENTFLAGS ~
1< * 1 FETCH (FLAGS (\Flagged \Recent $Forwarded))
1< A2 OK ~
1> A3 STORE 1 -FLAGS.SILENT \Flagged
1< A3 OK ~
1> A4 UID STORE 1 FLAGS (\Seen)
1< * 1 FETCH (UID 1 FLAGS (\Seen \Recent))
1< A4 OK ~
1> A5 STORE 1 FLAGS ()
1< * 1 FETCH (FLAGS (\Recent))
1< A5 OK ~
1> A6 STORE 1 FLAGS (\Recent)
1< A6 BAD ~
1> A7 STORE 1 FLAGS (\Unknown)
1< A7 BAD ~
1> A8 STORE 2 FLAGS (\Seen)
1< A8 BAD ~
1> A9 STORE 1 FLUGS (\Seen)
1< A9 BAD ~
