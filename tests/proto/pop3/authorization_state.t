# RFC 1939 4: before login only what logs in; QUIT ends; a PASS needs a USER before it each time
1< +OK ~
1>> RETR 1\r\nDELE 1\r\nLIST\r\nUIDL\r\n
1< -ERR ~
1< -ERR ~
1< -ERR ~
1< -ERR ~
1> USER
1< -ERR ~
1> USER user1@example.org
1< +OK ~
1> USER user1@example.org
1< +OK ~
1> PASS wrong
1< -ERR [AUTH] ~
1> PASS secret
1< -ERR USER comes first
1> 
1< -ERR ~
1> QUIT
1< +OK ~
1.
