# RFC 3501 2.3.1.1: UIDs go up and never come twice, also when the last messages are gone
@ login=yes
1> A1 CREATE box
1< A1 OK ~
1> A2 APPEND box {6+}
1>> a: b\r\n\r\n
1< A2 OK [APPENDUID ~
1> A3 SELECT box
1* * OK [UIDNEXT 2] ~
1* A3 OK ~
1> A4 STORE 1 +FLAGS.SILENT (\Deleted)
1< A4 OK ~
1> A5 CLOSE
1< A5 OK ~
1> A6 APPEND box {6+}
1>> a: b\r\n\r\n
1< A6 OK [APPENDUID ~
1> A7 SELECT box
1* * OK [UIDNEXT 3] ~
1* A7 OK ~
1> A8 FETCH 1 UID
1< * 1 FETCH (UID 2)
1< A8 OK ~
