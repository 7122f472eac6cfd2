# RFC 1939 5, 3: sizes, lists, a message, dots at the start of lines doubled.
@ login=yes
@ mailbox=INBOX:first.eml
@ mailbox=INBOX:dots.eml
1> STAT
1< +OK 2 ~
1> LIST
1< +OK 2 ~
1< 1 118
1< 2 122
1< .
1> LIST 2
1< +OK 2 122
1> LIST 3
1< -ERR ~
1> RETR 2
1< +OK 122 octets
1< From: Ann <ann@example.org>
1< To: bob@example.org
1< Subject: dots
1< Date: Mon, 23 Nov 2026 21:54:00 +0000
1<
1< ..
1< ...two
1< last
1< .
1> RETR
1< -ERR ~
1> RETR 0
1< -ERR ~
