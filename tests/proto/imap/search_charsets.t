# RFC 3501 6.4.4: "strings to be searched are in the charset", and so are those of the messages, each in its own
@ login=yes
@ mailbox=INBOX:russian.eml
1> A1 SELECT INBOX
1* A1 OK ~
1>> A2 SEARCH CHARSET UTF-8 SUBJECT {12+}\r\n\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\r\n
1< * SEARCH 1
1< A2 OK ~
1>> A3 SEARCH CHARSET UTF-8 SUBJECT {12+}\r\n\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 BODY {6+}\r\n\xd0\x9c\xd0\x98\xd0\xa0\r\n
1< * SEARCH 1
1< A3 OK ~
1>> A4 SEARCH CHARSET KOI8-R BODY {3+}\r\n\xcd\xc9\xd2\r\n
1< * SEARCH 1
1< A4 OK ~
1> A5 SEARCH CHARSET X-NONE BODY x
1< A5 NO [BADCHARSET ~
