# RFC 3501 6.4.5: numbers of parts, of messages in messages
@ login=yes
@ mailbox=INBOX:parts.eml
1> A1 EXAMINE INBOX
1* A1 OK ~
1> A2 FETCH 1 BODY[1]
1< * 1 FETCH (BODY[1] {20}
1< Gr=FC=DFe aus K=D6LN)
1< A2 OK ~
1> A3 FETCH 1 BODY[2.HEADER]
1< * 1 FETCH (BODY[2.HEADER] {18}
1< Subject: inner
1< 
1< )
1< A3 OK ~
1> A4 FETCH 1 BODY[2.1]
1< * 1 FETCH (BODY[2.1] {10}
1< inner body)
1< A4 OK ~
1> A5 FETCH 1 BODY[1.HEADER]
1< * 1 FETCH (BODY[1.HEADER] NIL)
1< A5 OK ~
