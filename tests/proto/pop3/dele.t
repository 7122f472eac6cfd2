# RFC 1939 5, 6: DELE marks, RSET takes back, only QUIT deletes.
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
1< +OK ~
1> USER user1@example.org
1< +OK ~
1> PASS secret
1< +OK Logged in, 2 messages
1> DELE 1
1< +OK ~
1> DELE 1
1< -ERR ~
1> STAT
1< +OK 1 122
1> RSET
1< +OK ~
1> NOOP
1< +OK ~
1> STAT
1< +OK 2 240
1> DELE 1
1< +OK ~
1> QUIT
1< +OK ~
1.
2< +OK ~
2> USER user1@example.org
2< +OK ~
2> PASS secret
2< +OK Logged in, 1 messages
2> LIST
2< +OK ~
2< 1 122
2< .
