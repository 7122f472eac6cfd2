# RFC 3501 7.4.2: ENVELOPE and BODYSTRUCTURE, twice, for the second comes from the cache
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1> A1 EXAMINE INBOX
1* A1 OK ~
1> A2 FETCH 1 ENVELOPE
1< * 1 FETCH (ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" "afternoon meeting" (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) (("Fred Foobar" NIL "foobar" "blurdybloop.example")) ((NIL NIL "mooch" "owatagu.example")) NIL NIL NIL "<B27397-0100000@blurdybloop.example>"))
1< A2 OK ~
1> A3 FETCH 1 ENVELOPE
1< * 1 FETCH (ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" ~
1< A3 OK ~
1> A4 FETCH 2 BODY
1< * 2 FETCH (BODY (("text" "plain" ("charset" "iso-8859-1") NIL NIL "quoted-printable" 20 0)("message" "rfc822" NIL NIL NIL "7bit" 28 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 10 0) 2) "mixed"))
1< A4 OK ~
1> A5 FETCH 2 BODYSTRUCTURE
1< * 2 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "iso-8859-1") NIL NIL "quoted-printable" 20 0 NIL NIL NIL NIL)~
1< A5 OK ~
