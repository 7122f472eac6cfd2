# RFC 3501 6.3.1, 6.3.2: what SELECT tells; a failed SELECT leaves nothing selected
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT inbox
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1* A1 OK [READ-WRITE] ~
1> A2 EXAMINE INBOX
1* * 0 RECENT
1* A2 OK [READ-ONLY] ~
1> A3 STORE 1 +FLAGS (\Seen)
1< A3 NO [READ-ONLY] ~
1> A4 FETCH 1 BODY[TEXT]<0.5>
1* Hello)
1< A4 OK ~
1> A5 SELECT nowhere
1* A5 NO [NONEXISTENT] ~
1> A6 FETCH 1 UID
1< A6 BAD ~
