# RFC 5321 3.3, 4.2.3: a mailbox that is not there is refused at RCPT, and strangers are not relayed for; the reply
# names it, for a bounce may show nothing else
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com>
1< 250 2.1.0 ~
1> RCPT TO:<nobody@example.org>
1< 550 5.1.1 <nobody@example.org>: ~
1> RCPT TO:<somebody@elsewhere.example>
1< 454 4.7.1 <somebody@elsewhere.example>: ~
1> RCPT TO:<user1@example.org>
1< 250 2.1.5 ~
1> QUIT
1< 221 ~
1.
