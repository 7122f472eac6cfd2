# RFC 2595 4: what is sent in clear behind STLS must not count as sent under TLS; the connection ends.
@ port=pop3
1< +OK ~
1>> STLS\r\nUSER user1@example.org\r\n
1< +OK ~
1.
