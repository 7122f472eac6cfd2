/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields and their address lists. */
#include "unit/test.h"

#include "mail/header.h"

TEST(fields_come_in_order_with_their_continuation_lines)
{
    struct header_reader reader = header_read(STR("A: 1\r\nB : 2\r\n\t3\r\n\r\nC: body\r\n"));
    struct header_field field;
    CHECK(header_next(&reader, &field));
    CHECK_STR(field.name, "A");
    CHECK_STR(field.value, " 1");
    CHECK(header_next(&reader, &field));
    CHECK_STR(field.name, "B");
    CHECK_STR(field.value, " 2\r\n\t3");
    CHECK_STR(field.whole, "B : 2\r\n\t3\r\n");
    CHECK(!header_next(&reader, &field));
}

TEST(a_header_ends_behind_its_empty_line)
{
    CHECK_INT(header_size(STR("A: 1\r\n\r\nbody")), 8);
    CHECK_INT(header_size(STR("A: 1\n\nbody")), 6);
    CHECK_INT(header_size(STR("\r\nbody")), 2);
    CHECK_INT(header_size(STR("A: 1\r\n")), 6);
    CHECK_INT(header_size(STR("")), 0);
}

TEST(a_line_that_is_no_field_has_no_name)
{
    struct header_reader reader = header_read(STR("From x\nno colon\nA b: c\nD:e\n"));
    struct header_field field;
    for (int i = 0; i < 3; i++) {
        CHECK(header_next(&reader, &field));
        CHECK_INT(field.name.len, 0);
    }
    CHECK(header_next(&reader, &field));
    CHECK_STR(field.name, "D");
}

TEST(fields_are_found_and_counted_in_any_case)
{
    struct str message = STR("received: a\r\nReceived: b\r\n x\r\nSubject: s\r\n\r\nReceived: c\r\n");
    struct header_field field;
    CHECK_INT(header_count(message, STR("RECEIVED")), 2);
    CHECK(header_find(message, STR("subject"), &field));
    CHECK_STR(field.value, " s");
    CHECK(!header_find(message, STR("Sub"), &field));
}

TEST(unfolding_takes_line_endings_out_and_keeps_the_blank)
{
    struct buf out;
    buf_init(&out, 100);
    CHECK(header_unfold(STR(" a\r\n b\n\tc\rd\r\n"), &out));
    CHECK_STR(buf_str(&out), "a b\tc d");
    buf_finish(&out);
}

/* "name|route|mailbox|host" for each, groups as "{name" and "}". */
static void check_list(int line, const char *value, const char *wanted)
{
    struct arena *arena = arena_create(1 << 20);
    struct header_addresses list;
    struct buf out;
    buf_init(&out, 10000);
    header_addresses(str_of(value), arena, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct header_address *a = &list.at[i];
        if (i)
            buf_add_char(&out, ',');
        if (a->kind == HEADER_GROUP)
            buf_printf(&out, "{" STR_FMT, STR_ARG(a->mailbox));
        else if (a->kind == HEADER_GROUP_END)
            buf_add_char(&out, '}');
        else
            buf_printf(&out, STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT, STR_ARG(a->name), STR_ARG(a->route),
                       STR_ARG(a->mailbox), STR_ARG(a->host));
    }
    test_check_str(__FILE__, line, buf_str(&out), str_of(wanted));
    buf_finish(&out);
    arena_destroy(arena);
}
#define LIST(value, wanted) check_list(__LINE__, value, wanted)

TEST(the_address_lists_of_RFC_5322_are_read)
{
    LIST("John Doe <jdoe@machine.example>", "John Doe||jdoe|machine.example");
    LIST("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public||john.q.public|example.com");
    LIST("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
         "Mary Smith||mary|x.test,||jdoe|example.org,Who?||one|y.test");
    LIST("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
         "||boss|nil.test,Giant; \"Big\" Box||sysservices|example.net");
    LIST("A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
         "{A Group,Ed Jones||joe|where.test,||joe|where.test,John||jdoe|one.test,}");
    LIST("Undisclosed recipients:;", "{Undisclosed recipients,}");
    LIST("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "{Hidden recipients,}");
    LIST("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete||pete|silly.test");
    LIST("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public||john.q.public|example.com");
    LIST("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
         "Mary Smith|@node.test|mary|example.net,||jdoe|test.example");
    LIST("<@a.test,@b.test:c@d.test>", "|@a.test,@b.test|c|d.test");
}

TEST(what_strangers_write_is_made_the_best_of)
{
    LIST("", "");
    LIST(",,;", "");
    LIST("jdoe@one.test (John Doe)", "John Doe||jdoe|one.test");
    LIST("root", "||root|");
    LIST("a@[192.0.2.1]", "||a|[192.0.2.1]");
    LIST("\"a b\"@c.test", "||a b|c.test");
    LIST("a <b@c.test", "a||b|c.test");
    LIST("=?utf-8?q?J=C3=B6?= <b@c.test>", "=?utf-8?q?J=C3=B6?=||b|c.test");
    LIST("a <b@c.test> d, e@f.test", "a||b|c.test,||e|f.test");
    LIST("g: a@b.test", "{g,||a|b.test,}");
    LIST("a@b@c.test, <d@e@f@g.test>, \"h@i\"@j.test@k.test",
         "||a@b|c.test,||d@e@f|g.test,||h@i@j.test|k.test");
    LIST("\"unclosed", "||unclosed|");
    LIST("(unclosed", "");
}

TEST(no_prefix_of_a_list_does_harm)
{
    const char *list = "A (x(y)) \"q\\\"\" <@r.test,@s.test:l@[1.2.3.4]>, g: a@b, c <d>; \"";
    for (size_t len = 0; len <= strlen(list); len++) {
        char *copy = memcpy(malloc(len + 1), list, len);
        struct arena *arena = arena_create(1 << 16);
        struct header_addresses got;
        header_addresses(str_make(copy, len), arena, &got);
        CHECK(got.count < 10);
        arena_destroy(arena);
        free(copy);
    }
}

TEST(an_address_list_is_capped_and_says_so)
{
    struct buf value;
    struct arena *arena = arena_create(8 << 20);
    struct header_addresses list;
    buf_init(&value, HEADER_LIMIT);
    for (int i = 0; i < HEADER_ADDRESS_LIMIT; i++)
        buf_add_text(&value, "a@b.test,");
    header_addresses(buf_str(&value), arena, &list);
    CHECK(list.count == HEADER_ADDRESS_LIMIT && !list.cut);
    buf_add_text(&value, "a@b.test,");
    header_addresses(buf_str(&value), arena, &list);
    CHECK(list.count == HEADER_ADDRESS_LIMIT && list.cut);
    arena_destroy(arena);
    arena = arena_create(1000);
    header_addresses(buf_str(&value), arena, &list);
    CHECK(list.cut);
    arena_destroy(arena);
    buf_finish(&value);
}

TEST(nested_comments_and_many_comments_are_linear)
{
    struct arena *arena = arena_create(8 << 20);
    struct header_addresses list;
    char *value = malloc(HEADER_LIMIT);
    memset(value, '(', HEADER_LIMIT);
    header_addresses(str_make(value, HEADER_LIMIT), arena, &list);
    CHECK(list.count <= 1);
    for (size_t i = 0; i < HEADER_LIMIT; i++)
        value[i] = i < HEADER_LIMIT / 2 ? 'a' : i % 2 ? ')' : '(';
    header_addresses(str_make(value, HEADER_LIMIT), arena, &list);
    CHECK_INT(list.count, 1);
    CHECK_INT(list.at[0].mailbox.len, HEADER_LIMIT / 2);
    free(value);
    arena_destroy(arena);
}

TEST(message_ids_are_taken_one_by_one)
{
    struct str rest = STR("junk <a@b> (c)\r\n <d@e><f"), id;
    CHECK(header_message_id(&rest, &id));
    CHECK_STR(id, "<a@b>");
    CHECK(header_message_id(&rest, &id));
    CHECK_STR(id, "<d@e>");
    CHECK(!header_message_id(&rest, &id));
}

TEST(an_envelope_takes_its_defaults_from_From)
{
    struct arena *arena = arena_create(1 << 20);
    struct header_envelope envelope;
    header_envelope(
        STR("From: a@b.test\r\nSubject: x\r\n y\r\nsubject: second\r\nTo: c@d.test\r\nTO: e@f.test\r\n\r\n"),
        arena, &envelope);
    CHECK_STR(envelope.subject, "x y");
    CHECK_STR(envelope.sender.at[0].mailbox, "a");
    CHECK_STR(envelope.reply_to.at[0].mailbox, "a");
    CHECK_INT(envelope.to.count, 2);
    CHECK(!envelope.date.at && !envelope.cc.count);
    arena_destroy(arena);
}

/* A message may have a field for each address; that costs no more than one field with all of them. */
TEST(many_fields_of_one_name_take_linear_memory)
{
    enum { FIELDS = HEADER_ADDRESS_LIMIT };
    struct arena *arena = arena_create(1 << 20);
    struct header_envelope envelope;
    struct buf message;
    buf_init(&message, 1 << 20);
    for (int i = 0; i < FIELDS; i++)
        buf_printf(&message, "To: a%d@b.test\r\n", i);
    header_envelope(buf_str(&message), arena, &envelope);
    CHECK_INT(envelope.to.count, FIELDS);
    CHECK(!envelope.to.cut);
    CHECK_STR(envelope.to.at[FIELDS - 1].mailbox, "a1999");
    buf_add_text(&message, "To: c@d.test\r\n");
    header_envelope(buf_str(&message), arena, &envelope);
    CHECK(envelope.to.count <= FIELDS && envelope.to.cut);
    buf_finish(&message);
    arena_destroy(arena);
}
