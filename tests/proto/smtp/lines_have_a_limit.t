# RFC 5321 4.5.3.1.4, 4.2.4: a command line over the limit is read to its end and refused as a whole
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1>x 20000 x
1>> \r\nNOOP\r\n
1< 500 5.5.2 ~
1< 250 2.0.0 ~
1>> MAIL FROM:<
1>x 20000 a
1>> @example.com>\r\nNOOP\r\n
1< 500 5.5.2 ~
1< 250 2.0.0 ~
1> QUIT
1< 221 ~
1.
