# RFC 1870 6.1: a message announced over the limit is refused at MAIL
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com> SIZE=99999999999
1< 552 5.3.4 ~
1> MAIL FROM:<a@example.com> SIZE=many
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> SIZE=1000
1< 250 2.1.0 ~
1> QUIT
1< 221 ~
1.
