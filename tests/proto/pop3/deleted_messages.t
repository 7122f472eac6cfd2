# RFC 1939 5: numbers stay; what is marked is left out of LIST, STAT and UIDL and refused by all else; RSET brings it back
@ login=yes
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
@ mailbox=INBOX:first.eml
1> DELE 2
1< +OK ~
1> LIST
1< +OK 2 messages (236 octets)
1< 1 118
1< 3 118
1< .
1> STAT
1< +OK 2 236
1> UIDL
1< +OK ~
1< 1 00000001~
1< 3 00000003~
1< .
1>> LIST 2\r\nUIDL 2\r\nRETR 2\r\nTOP 2 0\r\nDELE 2\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1> RSET
1< +OK ~
1> LIST 2
1< +OK 2 122
1> QUIT
1< +OK ~
1.
2> STAT
2< +OK 3 358
