# RFC 3501 6.4.5: sections and parts of them; BODY[] sets \Seen and BODY.PEEK[] does not
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 FETCH 1 BODY.PEEK[TEXT]
1< * 1 FETCH (BODY[TEXT] {55}
1< Hello Joe, do you think we can meet at 3:30 tomorrow?
1< )
1< A2 OK ~
1> A3 FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (date FROM)])
1< * 1 FETCH (FLAGS (\Recent) BODY[HEADER.FIELDS (date FROM)] {94}
1< Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
1< From: Fred Foobar <foobar@blurdybloop.example>
1< 
1< )
1< A3 OK ~
1> A4 FETCH 1 BODY[1]<6.3>
1< * 1 FETCH (BODY[1]<6> {3}
1< Joe FLAGS (\Seen \Recent))
1< A4 OK ~
1> A5 FETCH 1 BODY[TEXT]<1000.10>
1< * 1 FETCH (BODY[TEXT]<1000> {0}
1< )
1< A5 OK ~
1> A6 FETCH 1 BODY[2]
1< * 1 FETCH (BODY[2] NIL)
1< A6 OK ~
1> A7 FETCH 1 BODY[1.MIME
1< A7 BAD ~
1> A8 FETCH 2 FLAGS
1< A8 BAD ~
1> A9 FETCH 1 NOTHING
1< A9 BAD ~
