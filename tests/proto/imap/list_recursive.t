# RFC 5258 3.5: RECURSIVEMATCH shows a level because of what is subscribed below it, whatever stands beside it
@ login=yes
1> A1 CREATE Alps
1< A1 OK ~
1> A2 CREATE "Alps huts"
1< A2 OK ~
1> A3 CREATE Alps/peak
1< A3 OK ~
1> A4 CREATE INBOX/peak
1< A4 OK ~
1>> B0 CREATE INBOX/a\r\nB1 CREATE INBOX/b\r\nB2 CREATE INBOX/c\r\nB3 CREATE INBOX/d\r\nB4 CREATE INBOX/e\r\nB5 CREATE INBOX/f\r\n
1* B5 OK ~
1>> B0 CREATE INBOX/g\r\nB1 CREATE INBOX/h\r\nB2 CREATE INBOX/i\r\nB3 CREATE INBOX/j\r\nB4 CREATE INBOX/k\r\nB5 CREATE INBOX/l\r\n
1* B5 OK ~
1> A5 SUBSCRIBE Alps/peak
1< A5 OK ~
1> A6 SUBSCRIBE Alps-like/peak
1< A6 OK ~
1> A7 LIST (SUBSCRIBED RECURSIVEMATCH) "" Al%
1< * LIST (\HasChildren) "/" Alps ("CHILDINFO" ("SUBSCRIBED"))
1< A7 OK ~
1> A8 LIST (SUBSCRIBED) "" Alps*
1< * LIST (\Subscribed \HasNoChildren) "/" Alps/peak
1< * LIST (\NonExistent \Subscribed) "/" Alps-like/peak
1< A8 OK ~
1> A9 LIST (RECURSIVEMATCH) "" *
1< A9 BAD ~
