# RFC 3501 6.4.5: RFC822, RFC822.HEADER and RFC822.TEXT answer under their own names; only HEADER leaves \Seen alone
@ login=yes
@ mailbox=INBOX:parts.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 FETCH 1 (RFC822.HEADER)
1< * 1 FETCH (RFC822.HEADER {108}
1< From: ~
1< Subject: parts
1< Content-Type: multipart/mixed; boundary=b
1< 
1< )
1< A2 OK ~
1> A3 FETCH 1 (RFC822.TEXT)
1< * 1 FETCH (RFC822.TEXT {194}
1* --b--
1<  FLAGS (\Seen \Recent))
1< A3 OK ~
1> A4 STORE 1 FLAGS.SILENT ()
1< A4 OK ~
1> A5 FETCH 1 (FLAGS RFC822)
1< * 1 FETCH (FLAGS (\Seen \Recent) RFC822 {302}
1* --b--
1< )
1< A5 OK ~
