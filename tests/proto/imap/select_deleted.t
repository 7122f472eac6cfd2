# RFC 2180 3.3: a session whose mailbox another one deletes is ended; one that is renamed goes on
@ login=yes
1> A1 CREATE box
1< A1 OK ~
1> A2 APPEND box {8+}
1>> a: b\r\n\r\n\r\n
1< A2 OK ~
1> A3 SELECT box
1* A3 OK ~
2> B1 RENAME box chest
2< B1 OK ~
1> A4 FETCH 1 BODY.PEEK[]
1< * 1 FETCH (BODY[] {8}
1< a: b
1< 
1< )
1< A4 OK ~
2> B2 DELETE chest
2< B2 OK ~
1> A5 NOOP
1* * BYE ~
1< A5 OK ~
1.
