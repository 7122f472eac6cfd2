# RFC 7162 3.1.4.2: a client that knows MODSEQ is told it with flags that change
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 ENABLE CONDSTORE
1< * ENABLED CONDSTORE
1< A2 OK ~
1> A3 FETCH 1 BODY[TEXT]<0.5>
1< * 1 FETCH (BODY[TEXT]<0> {5}
1< Hello FLAGS (\Seen \Recent) MODSEQ (~
1< A3 OK ~
