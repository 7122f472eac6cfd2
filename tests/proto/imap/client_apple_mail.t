# Apple Mail and iOS
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 CAPABILITY
1< * CAPABILITY IMAP4rev1 ~
1< A1 OK ~
1> A2 ID ("name" "Mac OS X Mail" "version" "16.0 (3696.80.82.1.1)" "os" "Mac OS X" "os-version" "12.3 (21E230)" "vendor" "Apple Inc.")
1< * ID ("name" "Relais")
1< A2 OK ~
1> A3 LIST "" ""
1< * LIST (\Noselect) "/" ""
1< A3 OK ~
1> A4 XAPPLEPUSHSERVICE aps-version 2
1< A4 BAD ~
1> A5 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
1< * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ~
1< A5 OK ~
1> A6 EXAMINE INBOX
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS ()] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A6 OK [READ-ONLY] ~
1> A7 UID FETCH 1:* (UID FLAGS)
1< * 1 FETCH (UID 1 FLAGS (\Recent))
1< A7 OK ~
1> A8 UID SEARCH 1:* NOT DELETED
1< * SEARCH 1
1< A8 OK ~
1> A9 UID FETCH 1 (INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date subject from to cc message-id in-reply-to references content-type x-priority x-uniform-type-identifier x-universally-unique-identifier list-id list-unsubscribe)])
1< * 1 FETCH (INTERNALDATE "23-Nov-2026 21:53:00 +0000" UID 1 RFC822.SIZE 317 FLAGS (\Recent) BODY[HEADER.FIELDS (date subject from to cc message-id in-reply-to references content-type x-priority x-uniform-type-identifier x-universally-unique-identifier list-id list-unsubscribe)] {243}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< Content-Type: text/plain; charset=us-ascii
1< 
1< )
1< A9 OK ~
1> A10 UID FETCH 1 (BODYSTRUCTURE BODY.PEEK[HEADER])
1< * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 55 1 NIL NIL NIL NIL) BODY[HEADER] {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  UID 1)
1< A10 OK ~
1> A11 FETCH 1 (BODY.PEEK[TEXT]<0.20>)
1< * 1 FETCH (BODY[TEXT]<0> {20}
1< Hello Joe, do you th)
1< A11 OK ~
1> A12 SELECT INBOX
1< * OK [CLOSED] ~
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A12 OK [READ-WRITE] ~
1> A13 UID STORE 1 +FLAGS.SILENT (\Seen $NotJunk)
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $NotJunk)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $NotJunk \*)] ~
1< A13 OK ~
1> A14 FETCH 1 FLAGS
1< * 1 FETCH (FLAGS (\Seen \Recent $NotJunk))
1< A14 OK ~
1> A15 UNSELECT
1< A15 OK ~
1> A16 LOGOUT
1< * BYE Logging out
1< A16 OK ~
