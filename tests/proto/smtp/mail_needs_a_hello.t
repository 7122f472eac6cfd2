# RFC 5321 4.1.4: a session begins with EHLO or HELO; MAIL before it is out of sequence
1< 220 ~
1> MAIL FROM:<a@example.com>
1< 503 5.5.1 ~
1> HELO client.example.com
1< 250 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> QUIT
1< 221 2.0.0 ~
1.
