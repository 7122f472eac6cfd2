# RFC 3501 6.3.8: "%" stays within a level and "*" does not; a level that is no mailbox shows; the reference
@ login=yes
1> A1 CREATE foo/bar
1< A1 OK ~
1> A2 CREATE foo/bar/deep
1< A2 OK ~
1> A3 CREATE football
1< A3 OK ~
1> A4 LIST "" foo%
1< * LIST (\Noselect \HasChildren) "/" foo
1< * LIST (\HasNoChildren) "/" football
1< A4 OK ~
1> A5 LIST "" %/%
1< * LIST (\HasChildren) "/" foo/bar
1< A5 OK ~
1> A6 LIST "" f*r
1< * LIST (\HasChildren) "/" foo/bar
1< A6 OK ~
1> A7 LIST foo/ *
1< * LIST (\HasChildren) "/" foo/bar
1< * LIST (\HasNoChildren) "/" foo/bar/deep
1< A7 OK ~
1> A8 LIST foo %
1< * LIST (\Noselect \HasChildren) "/" foo
1< * LIST (\HasNoChildren) "/" football
1< A8 OK ~
1> A9 LIST "" foo
1< * LIST (\Noselect \HasChildren) "/" foo
1< A9 OK ~
1> B1 LIST "" FOO
1< B1 OK ~
1> B2 LIST "" iNbOx
1< * LIST (\HasNoChildren) "/" INBOX
1< B2 OK ~
1> B3 LIST foo ""
1< * LIST (\Noselect) "/" ""
1< B3 OK ~
1> B4 LIST "" nothing*
1< B4 OK ~
1> B5 LIST ""
1< B5 BAD ~
1> B6 LIST "" (foo football)
1< * LIST (\Noselect \HasChildren) "/" foo
1< * LIST (\HasNoChildren) "/" football
1< B6 OK ~
1> B7 LIST "" *%*%*foo
1< * LIST (\Noselect \HasChildren) "/" foo
1< B7 OK ~
