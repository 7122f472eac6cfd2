# RFC 1939 3: unknown and misplaced commands are refused and change nothing.
1< +OK ~
1> STAT
1< -ERR ~
1> APOP user1@example.org c4c9334bac560ecc979e58001b3e22fb
1< -ERR ~
1> USER user1@example.org
1< +OK ~
1> PASS secret
1< +OK ~
1> USER user1@example.org
1< -ERR ~
1> STAT 1
1< -ERR ~
1> XYZZY
1< -ERR ~
1> STAT
1< +OK 0 0
