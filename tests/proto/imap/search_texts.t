# RFC 3501 6.4.4: fields of the header, body and text; a literal; an empty string finds a field that is there
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:deep.eml
1> A1 SELECT INBOX
1* A1 OK ~
1>> B1 SEARCH FROM foobar\r\nB2 SEARCH TO bob@EXAMPLE\r\nB3 SEARCH CC x\r\nB4 SEARCH BCC x\r\nB5 SEARCH SUBJECT "dee"\r\n
1< * SEARCH 1
1< B1 OK ~
1< * SEARCH 2
1< B2 OK ~
1< * SEARCH
1< B3 OK ~
1< * SEARCH
1< B4 OK ~
1< * SEARCH 2
1< B5 OK ~
1> C1 SEARCH HEADER Message-ID ""
1< * SEARCH 1
1< C1 OK ~
1> C2 SEARCH HEADER "message-id" B27397
1< * SEARCH 1
1< C2 OK ~
1> C3 SEARCH HEADER X-None ""
1< * SEARCH
1< C3 OK ~
1> C4 SEARCH BODY "four two one"
1< * SEARCH 2
1< C4 OK ~
1> C5 SEARCH BODY blurdybloop
1< * SEARCH
1< C5 OK ~
1> C6 SEARCH TEXT blurdybloop
1< * SEARCH 1
1< C6 OK ~
1> C7 SEARCH BODY {9}
1< + ~
1> three one
1< * SEARCH 2
1< C7 OK ~
1> C8 SEARCH LARGER 317 SMALLER 5000
1< * SEARCH 2
1< C8 OK ~
1> C9 SEARCH SMALLER 318
1< * SEARCH 1
1< C9 OK ~
