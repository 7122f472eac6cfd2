# RFC 5034 4: AUTH with and without an initial response, canceled, and of a mechanism that nobody offers.
1< +OK ~
1> AUTH CRAM-MD5
1< -ERR ~
1> AUTH PLAIN
1< + ~
1> *
1< -ERR Authentication canceled
1> AUTH PLAIN
1< + ~
1> AHVzZXIxQGV4YW1wbGUub3JnAHNlY3JldA==
1< +OK Logged in, 0 messages
1> QUIT
1< +OK ~
2< +OK ~
2> AUTH PLAIN AHVzZXIxQGV4YW1wbGUub3JnAHdyb25n
2< -ERR [AUTH] ~
2> AUTH LOGIN
2< + VXNlcm5hbWU6
2> dXNlcjFAZXhhbXBsZS5vcmc=
2< + UGFzc3dvcmQ6
2> c2VjcmV0
2< +OK Logged in, 0 messages
2> QUIT
2< +OK ~
