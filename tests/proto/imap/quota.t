# RFC 9208 4.1, 4.2: one root for all mailboxes, whether they exist or not; an empty list means no limit
@ login=yes
1> A1 GETQUOTAROOT INBOX
1< * QUOTAROOT INBOX ""
1< * QUOTA "" ()
1< A1 OK ~
1> A2 GETQUOTAROOT "not there"
1< * QUOTAROOT "not there" ""
1< * QUOTA "" ()
1< A2 OK ~
1> A3 GETQUOTA ""
1< * QUOTA "" ()
1< A3 OK ~
1> A4 GETQUOTA "elsewhere"
1< A4 NO [NONEXISTENT] ~
1> A5 GETQUOTA
1< A5 BAD ~
1> A6 GETQUOTAROOT
1< A6 BAD ~
1> A7 GETQUOTA "" x
1< A7 BAD ~
