# RFC 3501 6.3.11: flags, keywords and date are optional; APPENDUID; a literal may come later or at once
@ login=yes
1> A1 APPEND INBOX () {6}
1< + ~
1>> a: b\r\n\r\n
1< A1 OK [APPENDUID ~
1> A2 APPEND "INBOX" (\Flagged $Label) {6+}
1>> a: b\r\n\r\n
1< A2 OK [APPENDUID ~
1> A3 APPEND inbox "29-Feb-2024 23:59:60 +1400" {6+}
1>> a: b\r\n\r\n
1< A3 OK [APPENDUID ~
1> A4 APPEND INBOX (\Seen) "1-Foo-2024 00:00:00 +0000" {6+}
1>> a: b\r\n\r\n
1< A4 BAD ~
1> A5 APPEND INBOX {6+} x
1< A5 BAD ~
1> A6 APPEND INBOX "a: b"
1< A6 BAD ~
1> A7 APPEND INBOX
1< A7 BAD ~
1> A8 APPEND INBOX {6+}
1>> a: b\r\n trailing\r\n
1< A8 BAD ~
1> A9 EXAMINE INBOX
1* * 3 EXISTS
1* A9 OK ~
1> B1 FETCH 2 FLAGS
1< * 2 FETCH (FLAGS (\Flagged \Recent $Label))
1< B1 OK ~
