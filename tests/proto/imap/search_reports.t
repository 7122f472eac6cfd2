# RFC 3501 6.4.4: a word behind a fold, what a report says, and a body without any text
@ login=yes
@ mailbox=INBOX:report.eml
@ mailbox=INBOX:unfinished.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 SEARCH SUBJECT "several words"
1< * SEARCH 1
1< A2 OK ~
1> A3 SEARCH BODY nobody@example.org
1< * SEARCH 1
1< A3 OK ~
1> A4 SEARCH BODY "" TEXT ""
1< * SEARCH 1 2
1< A4 OK ~
