# RFC 4954 4: a line of the exchange may have 12288 octets; a longer one ends the exchange, not the session
@ port=submissions
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> AUTH PLAIN
1< 334 ~
1>x 20000 A
1>> \r\nNOOP\r\n
1< 500 5.5.6 ~
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
