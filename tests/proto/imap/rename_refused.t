# RFC 3501 6.3.5: onto a name that is there, below itself, from nowhere, onto no name; inferiors and levels above
@ login=yes
1> A1 CREATE a/b
1< A1 OK ~
1> A2 CREATE c
1< A2 OK ~
1> A3 RENAME c a/b
1< A3 NO [ALREADYEXISTS] ~
1> A4 RENAME a a/b/c
1< A4 NO ~
1> A5 RENAME c c
1< A5 NO [ALREADYEXISTS] ~
1> A6 RENAME nowhere d
1< A6 NO [NONEXISTENT] ~
1> A7 RENAME c ""
1< A7 NO [CANNOT] ~
1> A8 RENAME c
1< A8 BAD ~
1> A9 RENAME c x/y/z
1< A9 OK ~
1> B1 LIST "" x*
1< * LIST (\Noselect \HasChildren) "/" x
1< * LIST (\Noselect \HasChildren) "/" x/y
1< * LIST (\HasNoChildren) "/" x/y/z
1< B1 OK ~
1> B2 RENAME a n
1< B2 OK ~
1> B3 LIST "" n*
1< * LIST (\Noselect \HasChildren) "/" n
1< * LIST (\HasNoChildren) "/" n/b
1< B3 OK ~
