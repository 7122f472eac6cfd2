# RFC 3501 6.3.8, RFC 3348, RFC 6154, RFC 5258, RFC 5819
@ login=yes
1> A1 LIST "" ""
1< * LIST (\Noselect) "/" ""
1< A1 OK ~
1> A2 CREATE box/inner
1< A2 OK ~
1> A3 LIST "" box*
1< * LIST (\Noselect \HasChildren) "/" box
1< * LIST (\HasNoChildren) "/" box/inner
1< A3 OK ~
1> A4 LIST box/ %
1< * LIST (\HasNoChildren) "/" box/inner
1< A4 OK ~
1> A5 LIST "" inbox RETURN (STATUS (MESSAGES UNSEEN))
1< * LIST (\HasNoChildren) "/" INBOX
1< * STATUS INBOX (MESSAGES 0 UNSEEN 0)
1< A5 OK ~
1> A6 CREATE &AOk-t&AOk-
1< A6 OK ~
1> A7 LIST "" "&AOk-*"
1< * LIST (\HasNoChildren) "/" &AOk-t&AOk-
1< A7 OK ~
1> A8 LIST (SPECIAL-USE) "" Sent
1< * LIST (\Sent \HasNoChildren) "/" Sent
1< A8 OK ~
1> A9 LIST (NONE) "" *
1< A9 BAD ~
