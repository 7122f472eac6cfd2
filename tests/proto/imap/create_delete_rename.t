# RFC 3501 6.3.3 to 6.3.5, RFC 5530
@ login=yes
1> A1 CREATE a/b/c
1< A1 OK ~
1> A2 CREATE a/b/c
1< A2 NO [ALREADYEXISTS] ~
1> A3 LIST "" a/%
1< * LIST (\Noselect \HasChildren) "/" a/b
1< A3 OK ~
1> A4 RENAME a/b x/y
1< A4 OK ~
1> A5 SELECT x/y/c
1* A5 OK ~
1> A6 DELETE x/y/c
1< A6 OK ~
1> A7 FETCH 1 UID
1< A7 BAD ~
1> A8 DELETE x/y/c
1< A8 NO [NONEXISTENT] ~
1> A9 DELETE INBOX
1< A9 NO ~
1> B1 RENAME nowhere z
1< B1 NO [NONEXISTENT] ~
1> B2 CREATE "bad*name"
1< B2 NO [CANNOT] ~
1> B3 CREATE INBOX
1< B3 NO [ALREADYEXISTS] ~
