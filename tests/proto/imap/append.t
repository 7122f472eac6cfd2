# RFC 3501 6.3.11, RFC 4315 3: APPEND waits for its literal, tells the UID
@ login=yes
1> A1 APPEND INBOX (\Seen) " 7-Feb-1994 21:52:25 -0800" {8}
1< + ~
1>> A: b\r\n\r\n\r\n
1< A1 OK [APPENDUID ~
1> A2 SELECT INBOX
1* A2 OK ~
1> A3 FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)
1< * 1 FETCH (FLAGS (\Seen \Recent) INTERNALDATE "08-Feb-1994 05:52:25 +0000" RFC822.SIZE 8)
1< A3 OK ~
# into the mailbox that is open: it shows
1> A4 APPEND INBOX {8+}
1>> C: d\r\n\r\n\r\n
1< * 2 EXISTS
1< * 2 RECENT
1< A4 OK [APPENDUID ~
