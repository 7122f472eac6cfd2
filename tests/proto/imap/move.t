# RFC 6851: COPYUID before the EXPUNGEs
@ login=yes
@ mailbox=INBOX:meeting.eml
@ mailbox=INBOX:parts.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 MOVE 1 nowhere
1< A2 NO [TRYCREATE] ~
1> A3 UID MOVE 1 Trash
1< * OK [COPYUID ~
1< * 1 EXPUNGE
1< * 1 RECENT
1< A3 OK ~
1> A4 STATUS Trash (MESSAGES)
1< * STATUS Trash (MESSAGES 1)
1< A4 OK ~
