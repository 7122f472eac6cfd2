# RFC 3501 6.3.3, 5.1.3: a "/" at the end, INBOX in any case, modified UTF-7, names we do not take; dots are letters
@ login=yes
1> A1 CREATE level/
1< A1 OK ~
1> A2 CREATE level/inner
1< A2 OK ~
1> A3 CREATE iNBoX
1< A3 NO [ALREADYEXISTS] ~
1> A4 CREATE "two words"
1< A4 OK ~
1> A5 LIST "" "two w*"
1< * LIST (\HasNoChildren) "/" "two words"
1< A5 OK ~
1> A6 CREATE "A &- B"
1< A6 OK ~
1> A7 LIST "" "A &-*"
1< * LIST (\HasNoChildren) "/" "A &- B"
1< A7 OK ~
1> A8 CREATE &U,BTFw-
1< A8 OK ~
1> A9 SELECT &U,BTFw-
1* A9 OK ~
1> B1 CREATE A&B
1< B1 NO [CANNOT] ~
1> B2 CREATE &Jjo!
1< B2 NO [CANNOT] ~
1> B3 CREATE &AGEAYg-
1< B3 NO [CANNOT] ~
1> B4 CREATE "a//b"
1< B4 NO [CANNOT] ~
1> B5 CREATE "/a"
1< B5 NO [CANNOT] ~
1> B6 CREATE "100%"
1< B6 NO [CANNOT] ~
1> B7 CREATE ""
1< B7 NO [CANNOT] ~
1> B8 CREATE "../../etc"
1< B8 OK ~
1> B9 CREATE a b
1< B9 BAD ~
1> C1 CREATE (a)
1< C1 BAD ~
1> C2 CREATE Grüße
1< C2 BAD ~
