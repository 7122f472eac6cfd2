# RFC 2449 5: CAPA in both states; USER and SASL only before login.
1< +OK ~
1> CAPA
1< +OK ~
1* USER
1* SASL SCRAM-SHA-256-PLUS ~
1* .
1> USER user1@example.org
1< +OK ~
1> PASS secret
1< +OK Logged in, 0 messages
1> CAPA
1< +OK ~
1< UIDL
1< TOP
1< RESP-CODES
1< AUTH-RESP-CODE
1< PIPELINING
1< EXPIRE NEVER
1< IMPLEMENTATION Relais
1< .
1> QUIT
1< +OK ~
1.
