# RFC 1939 7: ids are there for each message and for one; after a deletion the others keep theirs.
@ login=yes
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
1> UIDL
1< +OK ~
1< 1 00000001~
1< 2 00000002~
1< .
1> UIDL 2
1< +OK 2 00000002~
1> DELE 1
1< +OK ~
1> UIDL 1
1< -ERR ~
1> QUIT
1< +OK ~
1.
2> UIDL
2< +OK ~
2< 1 00000002~
2< .
