# RFC 1939 5: arguments that are none, too many, too few; commands of the state before; every refusal changes nothing
@ login=yes
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
1>> STAT 1\r\nNOOP 1\r\nRSET 1\r\nQUIT 1\r\nCAPA 1\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1>> DELE\r\nDELE 1 2\r\nDELE x\r\nDELE -1\r\nDELE 0\r\nDELE 3\r\nDELE 18446744073709551617\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1>> PASS secret\r\nAUTH PLAIN\r\nSTLS\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1> 
1< -ERR ~
1> STAT
1< +OK 2 240
1> NOOP
1< +OK ~
