# draft-murchison-sasl-login 2, RFC 4954 4: LOGIN asks for name and password; each line may cancel with "*"
@ port=submissions
@ users=smtp.login@example.org:open sesame
1< 220 ~
1> EHLO client.example.com
1* 250 ~
1> AUTH LOGIN
1< 334 VXNlcm5hbWU6
1> c210cC5sb2dpbkBleGFtcGxlLm9yZw==
1< 334 UGFzc3dvcmQ6
1> *
1< 501 5.7.0 ~
1> AUTH LOGIN
1< 334 VXNlcm5hbWU6
1> c210cC5sb2dpbkBleGFtcGxlLm9yZw==
1< 334 UGFzc3dvcmQ6
1> b3BlbiBzZXNhbWU=
1< 235 2.7.0 ~
1> QUIT
1< 221 ~
1.
