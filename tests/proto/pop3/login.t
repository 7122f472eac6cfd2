# RFC 1939 7, RFC 3206 4: the password opens, another does not, and who exists is not said.
1< +OK ~
1> PASS secret
1< -ERR USER comes first
1> USER user1@example.org
1< +OK ~
1> PASS wrong
1< -ERR [AUTH] Authentication failed
1> USER nobody@example.org
1< +OK ~
1> PASS secret
1< -ERR [AUTH] Authentication failed
1> USER User1@EXAMPLE.org
1< +OK ~
1> PASS secret
1< +OK ~
1> QUIT
1< +OK ~
1.
