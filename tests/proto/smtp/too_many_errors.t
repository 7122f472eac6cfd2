# RFC 5321 7.8 leaves it to the server: after twenty errors the session ends with 421
1< 220 ~
1>> X1\r\nX2\r\nX3\r\nX4\r\nX5\r\nX6\r\nX7\r\nX8\r\nX9\r\nY\r\n
1* 500 5.5.2 ~
1* 500 5.5.2 ~
1> QUIT
1* 221 ~
1.
