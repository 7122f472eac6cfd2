# RFC 5321 4.1.2: paths stand in brackets and are addresses
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:a@example.com
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com
1< 501 5.5.4 ~
1> MAIL FROM:<a b@example.com>
1< 501 ~
1> MAIL FROM:<a@-example..com>
1< 501 ~
1> MAIL TO:<a@example.com>
1< 501 5.5.4 ~
1> MAIL FROM:<>
1< 250 2.1.0 ~
1> RCPT TO:<>
1< 501 ~
1> RCPT TO:<@relay.example,@other.example:user1@example.org>
1< 250 2.1.5 ~
1> RCPT TO:<"user1"@EXAMPLE.org>
1< 250 2.1.5 ~
1> QUIT
1< 221 ~
1.
