# RFC 1939 7: TOP sends the header, the empty line and so many lines of the body.
@ login=yes
@ mailbox=INBOX:dots.eml
1> TOP 1 0
1< +OK ~
1< From: ~
1< To: ~
1< Subject: dots
1< Date: ~
1<
1< .
1> TOP 1 2
1< +OK ~
1*
1< ..
1< ...two
1< .
1> TOP 1
1< -ERR ~
