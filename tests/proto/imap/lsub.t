# RFC 3501 6.3.9: subscriptions outlive the mailbox; "%" shows the level above; nothing else is shown
@ login=yes
1> A1 CREATE news/comp/mail
1< A1 OK ~
1> A2 SUBSCRIBE news/comp/mail
1< A2 OK ~
1> A3 LSUB "" news/%
1< * LSUB (\Noselect \HasChildren) "/" news/comp
1< A3 OK ~
1> A4 LSUB "" news/*
1< * LSUB (\HasNoChildren) "/" news/comp/mail
1< A4 OK ~
1> A5 DELETE news/comp/mail
1< A5 OK ~
1> A6 LSUB "" news/*
1< * LSUB (\Noselect \HasNoChildren) "/" news/comp/mail
1< A6 OK ~
1> A7 UNSUBSCRIBE news/comp/mail
1< A7 OK ~
1> A8 UNSUBSCRIBE news/comp/mail
1< A8 OK ~
1> A9 LSUB "" news*
1< A9 OK ~
1> B1 SUBSCRIBE "bad*name"
1< B1 NO [CANNOT] ~
1> B2 SUBSCRIBE inbox
1< B2 OK ~
1> B3 LSUB "" INBOX
1< * LSUB (\HasNoChildren) "/" INBOX
1< B3 OK ~
1> B4 LSUB ""
1< B4 BAD ~
