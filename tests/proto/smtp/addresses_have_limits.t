# RFC 5321 4.5.3.1: 64 octets of a local part, 255 of a domain, 63 of a label
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com>
1< 250 2.1.0 ~
1> RSET
1< 250 ~
1>> MAIL FROM:<
1>x 300 a
1>> @example.com>\r\n
1< 501 ~
1> MAIL FROM:<a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example>
1< 501 ~
1>> MAIL FROM:<a@
1>x 150 a.
1>> example>\r\n
1< 501 ~
1> QUIT
1< 221 ~
1.
