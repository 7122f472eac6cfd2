# RFC 2342, RFC 2971 3.1, RFC 5161: arguments that are none
@ login=yes
1> A1 NAMESPACE x
1< A1 BAD ~
1> A2 ID
1< A2 BAD ~
1> A3 ID ("name")
1< A3 BAD ~
1> A4 ID ()
1< * ID ~
1< A4 OK ~
1> A5 ID ("name" NIL "version" {3+}
1>> 1.0)\r\n
1< * ID ~
1< A5 OK ~
1> A6 ENABLE
1< A6 BAD ~
1> A7 ENABLE X-FOO
1< * ENABLED
1< A7 OK ~
1> A8 CAPABILITY x
1< A8 BAD ~
1> A9 UNSELECT x
1< A9 BAD ~
