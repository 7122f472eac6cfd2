# RFC 2033 4.1: LHLO only; HELO and EHLO are refused
1< 220 ~
1> HELO client.example.com
1< 500 5.5.1 ~
1> EHLO client.example.com
1< 500 5.5.1 ~
1> MAIL FROM:<a@example.com>
1< 503 5.5.1 ~
1> LHLO
1< 501 5.5.4 ~
1> LHLO client.example.com
1< 250-~
1< 250-PIPELINING
1* 250 CHUNKING
1> QUIT
1< 221 ~
1.
