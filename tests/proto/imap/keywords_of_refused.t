# RFC 3501 7.1.3, 2.3.2: a command that is refused has no effect, so it leaves no keyword behind; nor does one that takes a
# keyword away, or finds no message
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1 FLAGS (bad"kw)
1< A2 BAD ~
1> A3 STORE 1 +FLAGS (one) x
1< A3 BAD ~
1> A4 STORE 2 +FLAGS (two)
1< A4 BAD ~
1> A5 UID STORE 999 +FLAGS (three)
1< A5 OK ~
1> A6 STORE 1 -FLAGS (four)
1< * 1 FETCH (FLAGS (\Recent))
1< A6 OK ~
1> A7 APPEND nosuch (five) {1+}
1> x
1< A7 NO [TRYCREATE] ~
1> A8 APPEND INBOX (six \Bogus) {1+}
1> x
1< A8 BAD ~
1> A9 APPEND INBOX (seven) {0}
1< A9 NO ~
1> B1 SELECT INBOX
1< * OK [CLOSED] ~
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1* B1 OK ~
1> B2 STORE 1 +FLAGS (eight eight)
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft eight)
1* B2 OK ~
