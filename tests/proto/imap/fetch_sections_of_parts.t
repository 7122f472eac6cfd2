# RFC 3501 6.4.5: the example's tree of parts; HEADER, TEXT and MIME of parts; what is not there is NIL
@ login=yes
@ mailbox=INBOX:deep.eml
1> A1 EXAMINE INBOX
1* A1 OK ~
1> A2 FETCH 1 (BODY[1] BODY[2])
1< * 1 FETCH (BODY[1] {3}
1< one BODY[2] {4}
1< dHdv)
1< A2 OK ~
1> A3 FETCH 1 BODY[3.HEADER]
1< * 1 FETCH (BODY[3.HEADER] {62}
1< Subject: third
1< Content-Type: multipart/mixed; boundary=in
1< 
1< )
1< A3 OK ~
1> A4 FETCH 1 BODY[3.2.MIME]
1< * 1 FETCH (BODY[3.2.MIME] {72}
1< Content-Type: application/octet-stream
1< Content-ID: <32@example.org>
1< 
1< )
1< A4 OK ~
1> A5 FETCH 1 (BODY[3.1] BODY[3.2] BODY[4.1] BODY[4.2.1])
1< * 1 FETCH (BODY[3.1] {9}
1< three one BODY[3.2] {9}
1< three two BODY[4.1] {4}
1< R0lG BODY[4.2.1] {12}
1< four two one)
1< A5 OK ~
1> A6 FETCH 1 BODY[4.2.TEXT]
1< * 1 FETCH (BODY[4.2.TEXT] {12}
1< four two one)
1< A6 OK ~
1> A7 FETCH 1 BODY[4.2.HEADER.FIELDS (SUBJECT)]
1< * 1 FETCH (BODY[4.2.HEADER.FIELDS (SUBJECT)] {21}
1< Subject: four two
1< 
1< )
1< A7 OK ~
1> A8 FETCH 1 BODY[4.2.HEADER.FIELDS.NOT (SUBJECT)]
1< * 1 FETCH (BODY[4.2.HEADER.FIELDS.NOT (SUBJECT)] {28}
1< Content-Type: text/plain
1< 
1< )
1< A8 OK ~
1> A9 FETCH 1 (BODY[5] BODY[3.3] BODY[1.1] BODY[1.TEXT] BODY[4.1.HEADER] BODY[99999.MIME])
1< * 1 FETCH (BODY[5] NIL BODY[3.3] NIL BODY[1.1] NIL BODY[1.TEXT] NIL BODY[4.1.HEADER] NIL BODY[99999.MIME] NIL)
1< A9 OK ~
1> B1 FETCH 1 BODY[3.2]<6.100>
1< * 1 FETCH (BODY[3.2]<6> {3}
1< two)
1< B1 OK ~
