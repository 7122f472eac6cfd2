# RFC 3501 6.2.2, RFC 4959: PLAIN with and without initial response; cancelled by "*"
@ users=imap.auth@example.org:open sesame
1< * OK ~
1> A1 AUTHENTICATE PLAIN
1< + ~
1> *
1< A1 BAD ~
1> A2 AUTHENTICATE XYZZY
1< A2 NO ~
1> A3 AUTHENTICATE PLAIN AGltYXAuYXV0aEBleGFtcGxlLm9yZwBvcGVuIHNlc2FtZQ==
1* A3 OK ~
1> A4 LOGOUT
1< * BYE ~
1< A4 OK ~
1.
