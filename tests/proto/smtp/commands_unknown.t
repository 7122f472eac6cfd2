# RFC 5321 4.2.4, 4.1.1: a line that is no command is refused with 500; verbs have no case
1< 220 ~
1> eHlO client.example.com
1* 250 ~
1> XYZZY
1< 500 5.5.2 ~
1> 
1< 500 5.5.2 ~
1>  NOOP
1< 500 5.5.2 ~
1> NOOP\x00
1< 500 5.5.2 ~
1> noop
1< 250 2.0.0 ~
1> mail from:<a@example.com>
1< 250 2.1.0 ~
1> rcpt to:<user1@example.org>
1< 250 2.1.5 ~
1> Data now
1< 501 5.5.4 ~
1> quit
1< 221 ~
1.
