# RFC 3501 6.3.2: nothing is changed in a mailbox that was examined
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 EXAMINE INBOX
1* A1 OK [READ-ONLY] ~
1> A2 FETCH 1 BODY[TEXT]<0.5>
1< * 1 FETCH (BODY[TEXT]<0> {5}
1< Hello)
1< A2 OK ~
1> A3 STORE 1 +FLAGS (\Deleted)
1< A3 NO [READ-ONLY] ~
1> A4 EXPUNGE
1< A4 NO [READ-ONLY] ~
1> A5 MOVE 1 Trash
1< A5 NO [READ-ONLY] ~
1> A6 COPY 1 Trash
1< A6 OK [COPYUID ~
1> A7 CLOSE
1< A7 OK ~
