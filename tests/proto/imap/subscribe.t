# RFC 3501 6.3.6, 6.3.7, 6.3.9: names need not exist; "%" shows the level above a subscribed name
@ login=yes
1> A1 SUBSCRIBE far/away
1< A1 OK ~
1> A2 LSUB "" far/*
1< * LSUB (\Noselect \HasNoChildren) "/" far/away
1< A2 OK ~
1> A3 LSUB "" f%
1< * LSUB (\Noselect \HasChildren) "/" far
1< A3 OK ~
1> A4 UNSUBSCRIBE far/away
1< A4 OK ~
1> A5 LSUB "" far/*
1< A5 OK ~
