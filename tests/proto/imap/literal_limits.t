# RFC 3501 4.3, RFC 7888 4: literals that are words have a limit; a literal's size is a number
@ login=yes
1> A1 CREATE {65537}
1< A1 NO [LIMIT] ~
1> A2 CREATE {70000+}
1>x 70000 x
1>> \r\n
1< A2 NO [LIMIT] ~
1> A3 CREATE {x}
1< A3 BAD ~
1> A4 CREATE {-1}
1< A4 BAD ~
1> A5 CREATE {18446744073709551616}
1< A5 NO [LIMIT] ~
1> A6 CREATE {1}x
1< A6 BAD ~
1> A7 CREATE {5}
1< + ~
1>> a\x00b/c\r\n
1< A7 BAD ~
1>x 70000 A
1>> \r\n
1< * BAD ~
1> A8 LIST {0+}
1>> {1+}\r\n%\r\n
1< A8 BAD ~
1> A9 LIST {0+}
1>>  {5+}\r\nINBOX\r\n
1< * LIST ~
1< A9 OK ~
