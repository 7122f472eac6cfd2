# RFC 3501 6.4.7, RFC 4315 3: COPYUID, TRYCREATE
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 CREATE there
1< A2 OK ~
1> A3 COPY 1:2 there
1< A3 OK [COPYUID ~
1> A4 COPY 1 nowhere
1< A4 NO [TRYCREATE] ~
1> A5 COPY 3 there
1< A5 BAD ~
1> A6 UID COPY 99 there
1< A6 OK ~
1> A7 SELECT there
1* * 2 EXISTS
1* A7 OK ~
1> A8 FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
1< * 2 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}
1< Subject: parts
1< 
1< )
1< A8 OK ~
