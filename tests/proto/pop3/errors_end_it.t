# pop3_error_limit: after twenty bad commands the session ends, and what was marked stays
@ login=yes
@ mailbox=INBOX:first.eml
1> DELE 1
1< +OK ~
1>x 21 FOO\r\n
1* -ERR Too many errors
1.
2> STAT
2< +OK 1 118
