# Outlook
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 CAPABILITY
1< * CAPABILITY IMAP4rev1 ~
1< A1 OK ~
1> A2 ID ("name" "Microsoft Outlook" "version" "16.0")
1< * ID ("name" "Relais")
1< A2 OK ~
1> A3 LIST "" "*" RETURN (SPECIAL-USE)
1< * LIST (\HasNoChildren) "/" INBOX
1< * LIST (\Archive \HasNoChildren) "/" Archive
1< * LIST (\Drafts \HasNoChildren) "/" Drafts
1< * LIST (\Junk \HasNoChildren) "/" Junk
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< * LIST (\Trash \HasNoChildren) "/" Trash
1< A3 OK ~
1> A4 LSUB "" "*"
1< * LSUB (\Archive \HasNoChildren) "/" Archive
1< * LSUB (\Drafts \HasNoChildren) "/" Drafts
1< * LSUB (\Junk \HasNoChildren) "/" Junk
1< * LSUB (\Sent \HasNoChildren) "/" Sent
1< * LSUB (\Trash \HasNoChildren) "/" Trash
1< A4 OK ~
1> A5 SELECT "INBOX"
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A5 OK [READ-WRITE] ~
1> A6 UID FETCH 1:* (UID FLAGS)
1< * 1 FETCH (UID 1 FLAGS (\Recent))
1< A6 OK ~
1> A7 UID SEARCH SINCE 1-Nov-2026
1< * SEARCH 1
1< A7 OK ~
1> A8 FETCH 1:* (FLAGS UID)
1< * 1 FETCH (FLAGS (\Recent) UID 1)
1< A8 OK ~
1> A9 UID FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)
1< * 1 FETCH (UID 1 FLAGS (\Recent) RFC822.SIZE 317 BODY[HEADER] {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  INTERNALDATE "23-Nov-2026 21:53:00 +0000")
1< A9 OK ~
1> A10 UID FETCH 1 (RFC822.HEADER RFC822.SIZE UID FLAGS INTERNALDATE)
1< * 1 FETCH (RFC822.HEADER {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  RFC822.SIZE 317 UID 1 FLAGS (\Recent) INTERNALDATE "23-Nov-2026 21:53:00 +0000")
1< A10 OK ~
1> A11 NOOP
1< A11 OK ~
1> A12 CHECK
1< A12 OK ~
1> A13 CREATE "Sent Items"
1< A13 OK ~
1> A14 SUBSCRIBE "Sent Items"
1< A14 OK ~
1> A15 APPEND "Sent Items" (\Seen) "23-Nov-2026 21:53:00 +0000" {20}
1< + ~
1>> Subject: sent\r\n\r\nx\r\n\r\n
1< A15 OK [APPENDUID ~
1> A16 IDLE
1< + ~
1> DONE
1< A16 OK ~
1> A17 STATUS "Sent Items" (MESSAGES UNSEEN)
1< * STATUS "Sent Items" (MESSAGES 1 UNSEEN 0)
1< A17 OK ~
1> A18 LOGOUT
1< * BYE Logging out
1< A18 OK ~
