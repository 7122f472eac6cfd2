# RFC 3501 6.4.6, 9: what is no change of flags; FLAGS may stand without parentheses
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1 +FLAGS \Seen \Flagged
1< * 1 FETCH (FLAGS (\Flagged \Seen \Recent))
1< A2 OK ~
1> A3 STORE 1 -FLAGS (\Seen
1< A3 BAD ~
1> A4 STORE 1 FLAGS
1< A4 BAD ~
1> A5 STORE 1 *FLAGS (\Seen)
1< A5 BAD ~
1> A6 STORE 1 FLAGS.LOUD (\Seen)
1< A6 BAD ~
1> A7 STORE 1 +FLAGS (\*)
1< A7 BAD ~
1> A8 STORE 0 +FLAGS (\Seen)
1< A8 BAD ~
1> A9 UID STORE 77 +FLAGS (\Seen)
1< A9 OK ~
1> B1 STORE 1 +FLAGS.SILENT (\Answered)
1< B1 OK ~
1> B2 FETCH 1 FLAGS
1< * 1 FETCH (FLAGS (\Answered \Flagged \Seen \Recent))
1< B2 OK ~
1> B3 STORE 1 FLAGS (lower LOWER Lower)
1< * FLAGS ~
1< * OK [PERMANENTFLAGS ~
1< * 1 FETCH (FLAGS (\Recent lower))
1< B3 OK ~
