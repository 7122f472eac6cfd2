# RFC 3501 6.4.1: CHECK only with a mailbox
@ login=yes
1> A1 CHECK
1< A1 BAD ~
1> A2 EXAMINE INBOX
1* A2 OK ~
1> A3 CHECK
1< A3 OK ~
