# RFC 1939 7: a greeting without a timestamp offers no APOP; LAST of RFC 1725 is gone; neither is taken in any state
1< +OK mail.example.org Relais ready
1> LAST
1< -ERR ~
1> APOP user1@example.org 00000000000000000000000000000000
1< -ERR ~
1> user user1@example.org
1< +OK ~
1> Pass secret
1< +OK ~
1> LAST
1< -ERR ~
1> APOP user1@example.org 00000000000000000000000000000000
1< -ERR ~
1> quit
1< +OK ~
1.
