# K-9 and Thunderbird for Android, FairEmail
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 NAMESPACE
1< * NAMESPACE (("" "/")) NIL NIL
1< A1 OK ~
1> A2 LIST (SPECIAL-USE) "" "*"
1< * LIST (\Archive \HasNoChildren) "/" Archive
1< * LIST (\Drafts \HasNoChildren) "/" Drafts
1< * LIST (\Junk \HasNoChildren) "/" Junk
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< * LIST (\Trash \HasNoChildren) "/" Trash
1< A2 OK ~
1> A3 LIST (SUBSCRIBED) "" "*" RETURN (CHILDREN)
1< * LIST (\Archive \Subscribed \HasNoChildren) "/" Archive
1< * LIST (\Drafts \Subscribed \HasNoChildren) "/" Drafts
1< * LIST (\Junk \Subscribed \HasNoChildren) "/" Junk
1< * LIST (\Sent \Subscribed \HasNoChildren) "/" Sent
1< * LIST (\Trash \Subscribed \HasNoChildren) "/" Trash
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
1> A5 UID SEARCH 1:* NOT DELETED
1< * SEARCH 1
1< A5 OK ~
1> A6 UID SEARCH UID 1:* SINCE 01-Nov-2026 NOT DELETED
1< * SEARCH 1
1< A6 OK ~
1> A7 UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (date subject from content-type to cc reply-to message-id references in-reply-to list-unsubscribe X-K9mail-Identity)])
1< * 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317 BODY[HEADER.FIELDS (date subject from content-type to cc reply-to message-id references in-reply-to list-unsubscribe X-K9mail-Identity)] {243}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< Content-Type: text/plain; charset=us-ascii
1< 
1< )
1< A7 OK ~
1> A8 UID FETCH 1 (UID BODYSTRUCTURE)
1< * 1 FETCH (UID 1 BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 55 1 NIL NIL NIL NIL))
1< A8 OK ~
1> A9 UID FETCH 1 (UID BODY.PEEK[]<0.30>)
1< * 1 FETCH (UID 1 BODY[]<0> {30}
1< Date: Mon, 7 Feb 1994 21:52:25)
1< A9 OK ~
1> A10 UID SEARCH HEADER MESSAGE-ID <B27397-0100000@cac.washington.edu>
1< * SEARCH
1< A10 OK ~
1> A11 UID STORE 1 +FLAGS.SILENT (\Flagged)
1< A11 OK ~
1> A12 UID COPY 1 "Archive"
1< A12 OK [COPYUID ~
1> A13 UID STORE 1 +FLAGS.SILENT (\Deleted)
1< A13 OK ~
1> A14 UID EXPUNGE 1
1< * 1 EXPUNGE
1< * 0 RECENT
1< A14 OK ~
1> A15 IDLE
1< + ~
1> DONE
1< A15 OK ~
1> A16 LOGOUT
1< * BYE Logging out
1< A16 OK ~
