# RFC 1939 7: no more lines than there are; dots doubled; refused without or with a wrong number of lines
@ login=yes
@ mailbox=INBOX:dots.eml
1> TOP 1 1
1< +OK ~
1* 
1< ..
1< .
1> TOP 1 1000
1< +OK ~
1* 
1< ..
1< ...two
1< last
1< .
1>> TOP 1 -1\r\nTOP 1 x\r\nTOP 1\r\nTOP\r\nTOP 2 0\r\nTOP 0 0\r\nTOP 1 1 1\r\nTOP 1 99999999999999999999\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1> NOOP
1< +OK ~
