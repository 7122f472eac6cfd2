# RFC 2177: news without asking; only DONE ends it
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 IDLE
1< + ~
2> B1 APPEND INBOX {8+}
2>> C: d\r\n\r\n\r\n
2* B1 OK ~
1< * 2 EXISTS
1* * ~
1> DONE
1* A2 OK ~
1> A3 IDLE
1< + ~
1> NOOP
1< A3 BAD ~
