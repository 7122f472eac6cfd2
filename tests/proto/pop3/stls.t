# RFC 2595 4: no name and no password in clear; STLS once.
@ port=pop3
1< +OK ~
1> USER user1@example.org
1< -ERR [AUTH] ~
1> AUTH PLAIN AHVzZXIxQGV4YW1wbGUub3JnAHNlY3JldA==
1< -ERR ~
1> STLS
1< +OK ~
1tls
1> STLS
1< -ERR ~
1> USER user1@example.org
1< +OK ~
1> PASS secret
1< +OK ~
1> QUIT
1< +OK ~
1.
