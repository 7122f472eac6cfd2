# RFC 1870 4, 6.1: SIZE is 1*20DIGIT, once, and too much is refused before it is sent
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com> SIZE=
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> SIZE=-1
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> SIZE=1 SIZE=2
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> SIZE=18446744073709551615
1< 552 5.3.4 ~
1> MAIL FROM:<a@example.com> SIZE=0
1< 250 2.1.0 ~
1> QUIT
1< 221 ~
1.
