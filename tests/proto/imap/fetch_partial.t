# RFC 3501 6.4.5: a partial fetch is cut at the end of the text, and answers with its origin
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 EXAMINE INBOX
1* A1 OK ~
1> A2 FETCH 1 BODY[]<0.5>
1< * 1 FETCH (BODY[]<0> {5}
1< Date:)
1< A2 OK ~
1> A3 FETCH 1 BODY[]<311.100>
1< * 1 FETCH (BODY[]<311> {6}
1< row?
1< )
1< A3 OK ~
1> A4 FETCH 1 BODY[]<317.100>
1< * 1 FETCH (BODY[]<317> {0}
1< )
1< A4 OK ~
1> A5 FETCH 1 BODY[]<4294967295.4294967295>
1< * 1 FETCH (BODY[]<4294967295> {0}
1< )
1< A5 OK ~
1> A6 FETCH 1 BODY[HEADER.FIELDS (subject)]<9.9>
1< * 1 FETCH (BODY[HEADER.FIELDS (subject)]<9> {9}
1< afternoon)
1< A6 OK ~
1> A7 FETCH 1 BODY[HEADER.FIELDS (none)]
1< * 1 FETCH (BODY[HEADER.FIELDS (none)] {2}
1< 
1< )
1< A7 OK ~
