# RFC 3501 6.4.7: COPY keeps flags and internal date, makes \Recent ones, also into the same mailbox; all or nothing
@ login=yes
@ mailbox=INBOX:meeting.eml
1> A1 SELECT INBOX
1* A1 OK ~
1> A2 STORE 1 +FLAGS.SILENT (\Seen \Flagged word)
1* A2 OK ~
1> A3 COPY 1 inbox
1< * 2 EXISTS
1< * 2 RECENT
1< A3 OK [COPYUID ~
1> A4 FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE)
1< * 2 FETCH (UID 2 FLAGS (\Flagged \Seen \Recent word) INTERNALDATE "23-Nov-2026 21:53:00 +0000" RFC822.SIZE 317)
1< A4 OK ~
1> A5 UID COPY 1:99 Trash
1< A5 OK [COPYUID ~
1> A6 COPY 1
1< A6 BAD ~
1> A7 COPY 1:2 ""
1< A7 NO ~
1> A8 COPY 1 nowhere/at/all
1< A8 NO [TRYCREATE] ~
1> A9 STATUS Trash (MESSAGES UNSEEN RECENT)
1< * STATUS Trash (MESSAGES 2 RECENT 2 UNSEEN 0)
1< A9 OK ~
