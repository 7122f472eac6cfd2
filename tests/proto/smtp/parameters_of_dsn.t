# RFC 3461 4: NOTIFY, ORCPT, RET and ENVID, and what may not stand in them
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<a@example.com> RET=SOME
1< 501 5.5.4 ~
1> MAIL FROM:<a@example.com> RET=HDRS ENVID=a+2Bb
1< 250 2.1.0 ~
1> RCPT TO:<user1@example.org> NOTIFY=NEVER,DELAY
1< 501 5.5.4 ~
1> RCPT TO:<user1@example.org> ORCPT=user1@example.org
1< 501 5.5.4 ~
1> RCPT TO:<user1@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;user1@example.org
1< 250 2.1.5 ~
1> RCPT TO:<user1@example.org> FOO=bar
1< 555 5.5.4 ~
1> QUIT
1< 221 ~
1.
