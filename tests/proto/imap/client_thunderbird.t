# Thunderbird: what it sends, in this order
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 ID ("name" "Thunderbird" "version" "115.0")
1< * ID ("name" "Relais")
1< A1 OK ~
1> A2 namespace
1< * NAMESPACE (("" "/")) NIL NIL
1< A2 OK ~
1> A3 lsub "" "*"
1< * LSUB (\Archive \HasNoChildren) "/" Archive
1< * LSUB (\Drafts \HasNoChildren) "/" Drafts
1< * LSUB (\Junk \HasNoChildren) "/" Junk
1< * LSUB (\Sent \HasNoChildren) "/" Sent
1< * LSUB (\Trash \HasNoChildren) "/" Trash
1< A3 OK ~
1> A4 list (subscribed) "" "*" return (special-use)
1< * LIST (\Archive \Subscribed \HasNoChildren) "/" Archive
1< * LIST (\Drafts \Subscribed \HasNoChildren) "/" Drafts
1< * LIST (\Junk \Subscribed \HasNoChildren) "/" Junk
1< * LIST (\Sent \Subscribed \HasNoChildren) "/" Sent
1< * LIST (\Trash \Subscribed \HasNoChildren) "/" Trash
1< A4 OK ~
1> A5 list "" "INBOX"
1< * LIST (\HasNoChildren) "/" INBOX
1< A5 OK ~
1> A6 select "INBOX"
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A6 OK [READ-WRITE] ~
1> A7 getquotaroot "INBOX"
1< * QUOTAROOT INBOX ""
1< * QUOTA "" ()
1< A7 OK ~
1> A8 IDLE
1< + ~
1> DONE
1< A8 OK ~
1> A9 UID fetch 1:* (FLAGS)
1< * 1 FETCH (FLAGS (\Recent) UID 1)
1< A9 OK ~
1> A10 UID fetch 1 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])
1< * 1 FETCH (UID 1 RFC822.SIZE 317 FLAGS (\Recent) BODY[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)] {243}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< Content-Type: text/plain; charset=us-ascii
1< 
1< )
1< A10 OK ~
1> A11 UID fetch 1 (UID RFC822.SIZE BODY[]<0.40>)
1< * 1 FETCH (UID 1 RFC822.SIZE 317 BODY[]<0> {40}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PS FLAGS (\Seen \Recent))
1< A11 OK ~
1> A12 UID fetch 1 (BODY.PEEK[1.MIME] BODY.PEEK[1])
1< * 1 FETCH (BODY[1.MIME] {262}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< Subject: afternoon meeting
1< To: mooch@owatagu.example
1< Message-Id: <B27397-0100000@blurdybloop.example>
1< MIME-Version: 1.0
1< Content-Type: text/plain; charset=us-ascii
1< 
1<  BODY[1] {55}
1< Hello Joe, do you think we can meet at 3:30 tomorrow?
1<  UID 1)
1< A12 OK ~
1> A13 uid store 1 +Flags ($label1 NonJunk)
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $label1 NonJunk)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $label1 NonJunk \*)] ~
1< * 1 FETCH (UID 1 FLAGS (\Seen \Recent $label1 NonJunk))
1< A13 OK ~
1> A14 noop
1< A14 OK ~
1> A15 uid copy 1 "Trash"
1< A15 OK [COPYUID ~
1> A16 uid store 1 +Flags (\Deleted \Seen)
1< * 1 FETCH (UID 1 FLAGS (\Deleted \Seen \Recent $label1 NonJunk))
1< A16 OK ~
1> A17 expunge
1< * 1 EXPUNGE
1< * 0 RECENT
1< A17 OK ~
1> A18 GETACL INBOX
1< A18 BAD ~
1> A19 COMPRESS DEFLATE
1< A19 BAD ~
1> A20 XLIST "" "*"
1< A20 BAD ~
1> A21 close
1< A21 OK ~
1> A22 logout
1< * BYE Logging out
1< A22 OK ~
