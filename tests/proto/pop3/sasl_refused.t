# RFC 5034 4: base64 that is none, an unknown mechanism, "*"; none of them logs in, and a USER may follow
1< +OK ~
1> AUTH PLAIN !!!
1< -ERR ~
1> AUTH NONE
1< -ERR ~
1> AUTH
1< +OK ~
1* PLAIN
1* .
1> AUTH PLAIN
1< + 
1> not base64
1< -ERR ~
1> AUTH PLAIN =
1< -ERR ~
1> auth plain AHVzZXIxQGV4YW1wbGUub3JnAHNlY3JldA==
1< +OK Logged in, 0 messages
1> AUTH
1< -ERR ~
