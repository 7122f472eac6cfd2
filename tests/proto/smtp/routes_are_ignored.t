# RFC 5321 4.1.1.3, appendices C, F.2: a source route is taken and forgotten, a malformed one is refused
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<@a.example,@b.example:a@example.com>
1< 250 2.1.0 ~
1> RCPT TO:<@relay.example:user1@example.org>
1< 250 2.1.5 ~
1> RCPT TO:<@example.org:x@elsewhere.example>
1< 454 4.7.1 ~
1> RCPT TO:<@relay.example,user1@example.org>
1< 501 5.1.3 ~
1> RCPT TO:<@:user1@example.org>
1< 501 5.1.3 ~
1> QUIT
1< 221 ~
1.
