# mbsync, offlineimap and getmail
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 NAMESPACE
1< * NAMESPACE (("" "/")) NIL NIL
1< A1 OK ~
1> A2 LIST "" "*"
1< * LIST (\HasNoChildren) "/" INBOX
1< * LIST (\Archive \HasNoChildren) "/" Archive
1< * LIST (\Drafts \HasNoChildren) "/" Drafts
1< * LIST (\Junk \HasNoChildren) "/" Junk
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< * LIST (\Trash \HasNoChildren) "/" Trash
1< A2 OK ~
1> A3 CREATE "Archive/2026"
1< A3 OK ~
1> A4 SELECT "INBOX"
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A4 OK [READ-WRITE] ~
1> A5 UID FETCH 1:2147483647 (UID FLAGS)
1< * 1 FETCH (UID 1 FLAGS (\Recent))
1< A5 OK ~
1> A6 UID FETCH 1:1000 (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-TUID)])
1< * 1 FETCH (UID 1 FLAGS (\Recent) BODY[HEADER.FIELDS (X-TUID)] {2}
1< 
1< )
1< A6 OK ~
1> A7 FETCH 1:* (FLAGS UID INTERNALDATE)
1< * 1 FETCH (FLAGS (\Recent) UID 1 INTERNALDATE "23-Nov-2026 21:53:00 +0000")
1< A7 OK ~
1> A8 UID FETCH 1 (BODY.PEEK[HEADER])
1< * 1 FETCH (BODY[HEADER] {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  UID 1)
1< A8 OK ~
1> A9 APPEND "Archive/2026" (\Seen) "01-Nov-2026 10:00:00 +0100" {27}
1< + ~
1>> X-TUID: Ab12Cd34Ef56\r\n\r\nx\r\n\r\n
1< A9 OK [APPENDUID ~
1> A10 SELECT "Archive/2026"
1< * OK [CLOSED] ~
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A10 OK [READ-WRITE] ~
1> A11 UID SEARCH HEADER X-TUID "Ab12Cd34Ef56"
1< * SEARCH 1
1< A11 OK ~
1> A12 UID FETCH 1 (UID FLAGS)
1< * 1 FETCH (UID 1 FLAGS (\Seen \Recent))
1< A12 OK ~
1> A13 UID STORE 1 +FLAGS.SILENT (\Deleted)
1< A13 OK ~
1> A14 CLOSE
1< A14 OK ~
1> A15 LOGOUT
1< * BYE Logging out
1< A15 OK ~
