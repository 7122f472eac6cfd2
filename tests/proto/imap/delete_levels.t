# RFC 3501 6.3.4: a name with inferiors becomes \Noselect; such a name is not deleted again; then its leaf
@ login=yes
1> A1 CREATE a
1< A1 OK ~
1> A2 CREATE a/b
1< A2 OK ~
1> A3 APPEND a {6+}
1>> x: y\r\n\r\n
1< A3 OK ~
1> A4 DELETE a
1< A4 OK ~
1> A5 LIST "" a*
1< * LIST (\Noselect \HasChildren) "/" a
1< * LIST (\HasNoChildren) "/" a/b
1< A5 OK ~
1> A6 SELECT a
1< A6 NO [NONEXISTENT] ~
1> A7 DELETE a
1< A7 NO [HASCHILDREN] ~
1> A8 STATUS a (MESSAGES)
1< A8 NO [NONEXISTENT] ~
1> A9 DELETE a/b
1< A9 OK ~
1> B1 LIST "" a*
1< B1 OK ~
1> B2 CREATE a
1< B2 OK ~
1> B3 STATUS a (MESSAGES)
1< * STATUS a (MESSAGES 0)
1< B3 OK ~
1> B4 DELETE ""
1< B4 NO ~
1> B5 DELETE
1< B5 BAD ~
