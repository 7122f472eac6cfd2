# alpine (c-client): whole envelopes, and what it asks when SORT and THREAD are not offered
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 LIST "" ""
1< * LIST (\Noselect) "/" ""
1< A1 OK ~
1> A2 SELECT INBOX
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A2 OK [READ-WRITE] ~
1> A3 FETCH 1 ALL
1< * 1 FETCH (FLAGS (\Recent) INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317 ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" "afternoon meeting" (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) ((NIL NIL "mooch" "owatagu.example")) NIL NIL NIL "<B27397-0100000@blurdybloop.example>"))
1< A3 OK ~
1> A4 FETCH 1 (UID ENVELOPE BODY.PEEK[HEADER.FIELDS (Path Message-ID Newsgroups Followup-To References)] INTERNALDATE RFC822.SIZE FLAGS)
1< * 1 FETCH (UID 1 ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" "afternoon meeting" (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) ((NIL NIL "mooch" "owatagu.example")) NIL NIL NIL "<B27397-0100000@blurdybloop.example>") BODY[HEADER.FIELDS (Path Message-ID Newsgroups Followup-To References)] {52}
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< 
1<  INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317 FLAGS (\Recent))
1< A4 OK ~
1> A5 FETCH 1 BODYSTRUCTURE
1< * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 55 1 NIL NIL NIL NIL))
1< A5 OK ~
1> A6 SEARCH ALL UNSEEN
1< * SEARCH 1
1< A6 OK ~
1> A7 SORT (REVERSE DATE) US-ASCII ALL
1< A7 BAD ~
1> A8 UID THREAD REFERENCES UTF-8 ALL
1< A8 BAD ~
1> A9 LIST "" %
1< * LIST (\HasNoChildren) "/" INBOX
1< * LIST (\Archive \HasNoChildren) "/" Archive
1< * LIST (\Drafts \HasNoChildren) "/" Drafts
1< * LIST (\Junk \HasNoChildren) "/" Junk
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< * LIST (\Trash \HasNoChildren) "/" Trash
1< A9 OK ~
1> A10 LIST "" "#news"
1< A10 OK ~
1> A11 FETCH 1 (BODY.PEEK[HEADER] BODY[TEXT])
1< * 1 FETCH (BODY[HEADER] {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  BODY[TEXT] {55}
1< Hello Joe, do you think we can meet at 3:30 tomorrow?
1<  FLAGS (\Seen \Recent))
1< A11 OK ~
1> A12 STORE 1 +Flags (\Answered)
1< * 1 FETCH (FLAGS (\Answered \Seen \Recent))
1< A12 OK ~
1> A13 EXPUNGE
1< A13 OK ~
1> A14 CHECK
1< A14 OK ~
1> A15 LOGOUT
1< * BYE Logging out
1< A15 OK ~
