# RFC 3501 6.4: commands of the selected state before it
@ login=yes
1>> A1 CHECK\r\nA2 CLOSE\r\nA3 EXPUNGE\r\nA4 SEARCH ALL\r\nA5 FETCH 1 FLAGS\r\nA6 STORE 1 FLAGS ()\r\nA7 COPY 1 x\r\nA8 UID MOVE 1 x\r\n
1< A1 BAD ~
1< A2 BAD ~
1< A3 BAD ~
1< A4 BAD ~
1< A5 BAD ~
1< A6 BAD ~
1< A7 BAD ~
1< A8 BAD ~
1> A9 IDLE
1< + ~
1> done
1< A9 OK ~
