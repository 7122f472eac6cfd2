# RFC 3501 6.3.5: renaming INBOX moves its messages into a new mailbox and leaves what is below it
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 CREATE INBOX/below
1< A1 OK ~
1> A2 RENAME inbox old-mail
1< A2 OK ~
1> A3 STATUS INBOX (MESSAGES)
1< * STATUS INBOX (MESSAGES 0)
1< A3 OK ~
1> A4 STATUS old-mail (MESSAGES)
1< * STATUS old-mail (MESSAGES 1)
1< A4 OK ~
1> A5 LIST "" INBOX*
1< * LIST (\HasChildren) "/" INBOX
1< * LIST (\HasNoChildren) "/" INBOX/below
1< A5 OK ~
1> A6 RENAME INBOX old-mail
1< A6 NO [ALREADYEXISTS] ~
1> A7 RENAME old-mail Inbox
1< A7 NO [ALREADYEXISTS] ~
