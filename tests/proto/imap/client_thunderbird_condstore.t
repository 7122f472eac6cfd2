# Thunderbird with CONDSTORE and MOVE
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 ENABLE UTF8=ACCEPT CONDSTORE
1< * ENABLED CONDSTORE
1< A1 OK ~
1> A2 select "INBOX" (CONDSTORE)
1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ~
1< * 1 EXISTS
1< * 1 RECENT
1< * OK [UNSEEN 1] ~
1< * OK [UIDVALIDITY ~
1< * OK [UIDNEXT 2] ~
1< * OK [HIGHESTMODSEQ ~
1< A2 OK [READ-WRITE] ~
1> A3 UID fetch 1:* (FLAGS) (CHANGEDSINCE 1)
1< * 1 FETCH (FLAGS (\Recent) UID 1 MODSEQ ~
1< A3 OK ~
1> A4 UID fetch 1:* (FLAGS) (CHANGEDSINCE 99999)
1< A4 OK ~
1> A5 uid move 1 "Trash"
1< * OK [COPYUID ~
1< * 1 EXPUNGE
1< * 0 RECENT
1< A5 OK ~
1> A6 status "Trash" (UIDNEXT MESSAGES UNSEEN RECENT)
1< * STATUS Trash (MESSAGES 1 RECENT 1 UIDNEXT 2 UNSEEN 1)
1< A6 OK ~
