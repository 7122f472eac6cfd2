# RFC 3501 6.4.5: "the delimiting blank line between the header and the body is always included", also when the message
# ends in its header
@ login=yes
@ mailbox=INBOX:unfinished.eml
1> A1 EXAMINE INBOX
1* A1 OK ~
1> A2 FETCH 1 (BODY[HEADER.FIELDS (Subject)] BODY[HEADER.FIELDS.NOT (From)])
1< * 1 FETCH (BODY[HEADER.FIELDS (Subject)] {23}
1< Subject: unfinished
1< 
1<  BODY[HEADER.FIELDS.NOT (From)] {23}
1< Subject: unfinished
1< 
1< )
1< A2 OK ~
