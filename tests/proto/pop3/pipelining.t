# RFC 2449 6.6: commands may come together, the login's among them.
1< +OK ~
1>> USER user1@example.org\r\nPASS secret\r\nSTAT\r\nLIST\r\nQUIT\r\n
1< +OK ~
1< +OK Logged in, 0 messages
1< +OK 0 0
1< +OK ~
1< .
1< +OK ~
1.
