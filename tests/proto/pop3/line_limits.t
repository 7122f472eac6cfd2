# RFC 2449 4: commands of up to 255 octets; a longer one is refused whole, and the next is a command again
@ login=yes
1>x 252 N
1>> OOP\r\n
1< -ERR ~
1>x 300 N
1>> \r\n
1< -ERR ~
1>x 70000 N
1>> \r\n
1< -ERR ~
1> NOOP
1< +OK ~
2>> NOOP\n
2< +OK ~
2>> STAT  \r\n
2< +OK 0 0
