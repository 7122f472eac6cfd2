# RFC 5321 4.3.2, 7.8 leave it to the server: after twenty errors the session ends with 421
1< 220 ~
1>x 20 XYZZY\r\n
1* 500 5.5.2 ~
1* 421 4.7.0 ~
1.
