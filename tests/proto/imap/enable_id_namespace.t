# RFC 5161, RFC 2971, RFC 2342
@ login=yes
1> A1 ENABLE CONDSTORE X-NONE
1< * ENABLED CONDSTORE
1< A1 OK ~
1> A2 ID ("name" "test" "version" NIL)
1< * ID ("name" ~
1< A2 OK ~
1> A3 ID NIL
1< * ID ~
1< A3 OK ~
1> A4 NAMESPACE
1< * NAMESPACE (("" "/")) NIL NIL
1< A4 OK ~
1> A5 ID (1)
1< A5 BAD ~
