# RFC 3501 2.2, 9: tags, blanks and words that are none; after each the session goes on
@ login=yes
1> 
1< * BAD ~
1> A1
1< A1 BAD ~
1> A2 
1< A2 BAD ~
1> + NOOP
1< * BAD ~
1> A+1 NOOP
1< A BAD ~
1> A(3 NOOP
1< A BAD ~
1>> A4  NOOP\r\n
1< A4 BAD ~
1> A5 noop
1< A5 OK ~
1> A6 NOOP x
1< A6 BAD ~
1> A7 UID NOOP
1< A7 BAD ~
1> A8 UID
1< A8 BAD ~
1> A9 LOGOUT now
1< A9 BAD ~
1> B1 SELECT "INBOX
1< B1 BAD ~
1> B2 SELECT "IN\"BOX"
1< B2 NO [NONEXISTENT] ~
1> B3 STATUS INBOX MESSAGES
1< B3 BAD ~
1> B4 SELECT INBOX x
1< B4 BAD ~
1>> B5 NOOP\n
1< B5 OK ~
1> LOGIN LOGIN a b
1< LOGIN BAD ~
1> B6 AUTHENTICATE PLAIN
1< B6 BAD ~
