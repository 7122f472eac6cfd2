# A browser that was made to post commands (smtpd_forbidden_commands): nothing of what it says is done, or said back to it
1< 220 ~
1>> POST /<script> HTTP/1.1\r\nHost: mx\r\n\r\nEHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<user1@example.org>\r\n
1< 221 2.7.0 Not a command of mail: good-bye
1.
2< 220 ~
2> get / HTTP/1.1
2< 221 2.7.0 ~
2.
3< 220 ~
3> EHLO client.example.com
3* 250 ~
3> CONNECT mx.example.org:25 HTTP/1.1
3< 221 2.7.0 ~
3.
# Octets of TLS where there is none yet, and a field of a header that went astray
4< 220 ~
4>> \x16\x03\x01\x00\x05hello\r\n
4< 221 2.7.0 ~
4.
5< 220 ~
5> Subject: hello
5< 500 5.5.2 ~
5> QUIT
5< 221 ~
5.
