# RFC 4954 4, 6: PLAIN with and without initial response, wrong password, unknown mechanism, cancelling, once only
@ port=submissions
@ users=smtp.auth@example.org:open sesame
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> MAIL FROM:<smtp.auth@example.org>
1< 250 ~
1> RCPT TO:<x@elsewhere.example>
1< 554 5.7.1 ~
1> RSET
1< 250 ~
1> AUTH XYZZY
1< 504 5.5.4 ~
1> AUTH PLAIN
1< 334 ~
1> *
1< 501 5.7.0 ~
1> AUTH PLAIN not-base64!
1< 501 5.5.2 ~
1> AUTH PLAIN AHNtdHAuYXV0aEBleGFtcGxlLm9yZwB3cm9uZw==
1< 535 5.7.8 ~
1> AUTH PLAIN AHNtdHAuYXV0aEBleGFtcGxlLm9yZwBvcGVuIHNlc2FtZQ==
1< 235 2.7.0 ~
1> AUTH PLAIN AHNtdHAuYXV0aEBleGFtcGxlLm9yZwBvcGVuIHNlc2FtZQ==
1< 503 5.5.1 ~
1> MAIL FROM:<smtp.auth@example.org>
1< 250 ~
1> RCPT TO:<x@elsewhere.example>
1< 250 2.1.5 ~
1> QUIT
1< 221 ~
1.
