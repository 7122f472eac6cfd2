# imapsync
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 NAMESPACE
1< * NAMESPACE (("" "/")) NIL NIL
1< A1 OK ~
1> A2 LIST "" *
1< * LIST (\HasNoChildren) "/" INBOX
1< * LIST (\Archive \HasNoChildren) "/" Archive
1< * LIST (\Drafts \HasNoChildren) "/" Drafts
1< * LIST (\Junk \HasNoChildren) "/" Junk
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< * LIST (\Trash \HasNoChildren) "/" Trash
1< A2 OK ~
1> A3 SELECT INBOX
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A3 OK [READ-WRITE] ~
1> A4 SEARCH ALL
1< * SEARCH 1
1< A4 OK ~
1> A5 FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)
1< * 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317)
1< A5 OK ~
1> A6 UID FETCH 1:1 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Message-Id Received)])
1< * 1 FETCH (FLAGS (\Recent) INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317 BODY[HEADER.FIELDS (Message-Id Received)] {52}
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< 
1<  UID 1)
1< A6 OK ~
1> A7 FETCH 1 RFC822.SIZE
1< * 1 FETCH (RFC822.SIZE 317)
1< A7 OK ~
1> A8 STORE 1 FLAGS.SILENT (\Seen)
1< A8 OK ~
1> A9 STORE 1 +FLAGS ()
1< * 1 FETCH (FLAGS (\Seen \Recent))
1< A9 OK ~
1> A10 GETQUOTAROOT INBOX
1< * QUOTAROOT INBOX ""
1< * QUOTA "" ()
1< A10 OK ~
1> A11 EXAMINE "INBOX"
1< * OK [CLOSED] ~
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS ()] ~
1< * 1 EXISTS
1< * 0 RECENT
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A11 OK [READ-ONLY] ~
1> A12 STATUS INBOX (MESSAGES)
1< * STATUS INBOX (MESSAGES 1)
1< A12 OK ~
1> A13 DELETE "nothere"
1< A13 NO [NONEXISTENT] ~
1> A14 RENAME "nothere" "x"
1< A14 NO [NONEXISTENT] ~
1> A15 CREATE INBOX
1< A15 NO [ALREADYEXISTS] ~
1> A16 DELETE INBOX
1< A16 NO [CANNOT] ~
1> A17 LOGOUT
1< * BYE Logging out
1< A17 OK ~
