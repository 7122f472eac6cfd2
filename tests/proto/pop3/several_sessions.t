# RFC 1939 4, 6: nothing is locked; who comes second keeps its numbers, and what another session removed is an -ERR
@ login=yes
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
1> STAT
1< +OK 2 240
2> DELE 1
2< +OK ~
1> RETR 1
1< +OK ~
1* .
2> QUIT
2< +OK ~
2.
1> RETR 1
1< -ERR ~
1> STAT
1< +OK 2 240
1> RETR 2
1< +OK 122 octets
1* .
1> DELE 1
1< +OK ~
1> DELE 2
1< +OK ~
1> QUIT
1< +OK ~
1.
3> STAT
3< +OK 0 0
