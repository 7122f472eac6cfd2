/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: both shapes, and that no text from outside can make a second line, a second member or no line at
 * all. */
#include "unit/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "io/file.h"
#include "io/log.h"

struct written {
    struct log *log;
    int fd;
    struct buf lines;
};

static void start(struct written *written, enum log_format format)
{
    char path[200];
    snprintf(path, sizeof path, "%s/log", test_directory());
    written->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    written->log = log_to_fd(written->fd, format, "relais/smtpd", "mx.example.org");
    buf_init(&written->lines, 1 << 20);
}

/* What is in the file now. */
static struct str look(struct written *written)
{
    char path[200];
    snprintf(path, sizeof path, "%s/log", test_directory());
    log_flush(written->log);
    buf_clear(&written->lines);
    CHECK(file_read_whole(AT_FDCWD, path, &written->lines));
    return buf_str(&written->lines);
}

/* The one line there is, from `from` on, without its end. */
static struct str only_line(struct written *written, const char *from)
{
    struct str all = look(written);
    CHECK(all.len && str_find(all, '\n') == all.len - 1);
    size_t at = str_find_str(all, str_of(from));
    CHECK(at != SIZE_MAX);
    return str_without_line_end(str_from(all, at == SIZE_MAX ? 0 : at));
}

static void end(struct written *written)
{
    log_destroy(written->log);
    close(written->fd);
    buf_finish(&written->lines);
}

/* Nothing but printable text and line ends, and UTF-8 all of it. */
static void check_clean(struct str text)
{
    uint32_t point;
    for (struct str rest = text; rest.len;) {
        if (!utf8_take(&rest, &point)) {
            test_failed(__FILE__, __LINE__, "not UTF-8 at %zu", text.len - rest.len);
            return;
        }
        CHECK(point == '\n' || (point >= 0x20 && point != 0x7f && (point < 0x80 || point > 0x9f)));
    }
}

/* RFC 8259 7: of a line that is one object, whether strings end, escapes are known and nothing is bare. */
static void check_json(struct str line)
{
    bool inside = false;
    int depth = 0;
    check_clean(line);
    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];
        if (inside && c == '\\') {
            char next = i + 1 < line.len ? line.at[++i] : '\0';
            CHECK(next && strchr("\"\\/bfnrtu", next));
            for (int k = 0; next == 'u' && k < 4; k++)
                CHECK(++i < line.len && strchr("0123456789abcdefABCDEF", line.at[i]));
        } else if (c == '"') {
            inside = !inside;
        } else if (!inside) {
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            CHECK(strchr("{}:,.-0123456789", c) != NULL);
        }
    }
    CHECK(!inside && depth == 0);
    CHECK(str_starts(line, STR("{")) && str_ends(line, STR("}")));
}

/* --- Postfix's shape --- */

TEST(a_line_has_time_host_program_process_and_the_pairs)
{
    struct written written;
    struct log_event event;
    char wanted[100];
    start(&written, LOG_FORMAT_POSTFIX);
    log_begin(&event, written.log, LOG_INFO_LEVEL, STR("4ABC"));
    log_pair(&event, "to", "<%s>", "a@b");
    log_pair(&event, "delay", "%d", 7);
    log_words(&event, "status=%s", "sent");
    log_send(&event);
    struct str all = look(&written);
    /* RFC 3164 4.1.2: "Nov 23 21:53:00 " */
    CHECK(all.len > 16 && all.at[3] == ' ' && all.at[6] == ' ' && all.at[9] == ':' && all.at[12] == ':' &&
          all.at[15] == ' ');
    snprintf(wanted, sizeof wanted, "mx relais/smtpd[%d]: 4ABC: to=<a@b>, delay=7 status=sent\n",
             (int)getpid());
    CHECK_STR(str_from(all, 16), wanted);
    end(&written);
}

TEST(levels_are_words_and_those_below_the_least_are_not_written)
{
    struct written written;
    start(&written, LOG_FORMAT_POSTFIX);
    log_say(written.log, LOG_DEBUG_LEVEL, STR(""), "silent");
    log_say(written.log, LOG_WARNING_LEVEL, STR(""), "of %s", "that");
    CHECK_STR(only_line(&written, "]: "), "]: warning: of that");
    log_set_level(written.log, LOG_ERROR_LEVEL);
    log_say(written.log, LOG_WARNING_LEVEL, STR(""), "silent too");
    CHECK_STR(only_line(&written, "]: "), "]: warning: of that");
    log_say(written.log, LOG_FATAL_LEVEL, STR("ID"), "the end");
    CHECK(str_ends(look(&written), STR("]: ID: fatal: the end\n")));
    log_set_level(written.log, LOG_DEBUG_LEVEL);
    log_say(written.log, LOG_DEBUG_LEVEL, STR(""), "loud");
    CHECK(str_ends(look(&written), STR("]: loud\n")));
    end(&written);
}

TEST(no_log_is_silent)
{
    struct log_event event;
    log_say(NULL, LOG_FATAL_LEVEL, STR("id"), "%s", "nothing");
    log_begin(&event, NULL, LOG_INFO_LEVEL, STR("id"));
    log_pair(&event, "a", "b");
    log_words(&event, "c");
    log_send(&event);
    log_flush(NULL);
    log_destroy(NULL);
}

TEST(no_text_from_outside_makes_a_second_line)
{
    struct written written;
    struct log_event event;
    start(&written, LOG_FORMAT_POSTFIX);
    log_begin(&event, written.log, LOG_INFO_LEVEL, STR("ID\r\nX"));
    log_pair(&event, "helo", "%s", "a\r\nNov 23 00:00:00 mx relais/qmgr[1]: 4ABC: removed");
    log_words(&event, "%s", "b\n\v\f\x1b[2J\x7f\x08");
    log_send(&event);
    struct str line = only_line(&written, "ID");
    CHECK_STR(line, "ID??X: helo=a??Nov 23 00:00:00 mx relais/qmgr[1]: 4ABC: removed b????[2J??");
    end(&written);
}

/* C1 controls steer terminals as ESC does; U+0085 is a line end to some. */
TEST(characters_stay_and_what_is_no_character_becomes_question_marks)
{
    struct written written;
    start(&written, LOG_FORMAT_POSTFIX);
    log_say(written.log, LOG_INFO_LEVEL, STR(""), "%s", "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80");
    CHECK_STR(only_line(&written, "gr"), "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x98\x80");
    end(&written);
    start(&written, LOG_FORMAT_POSTFIX);
    log_say(written.log, LOG_INFO_LEVEL, STR(""), "%s",
            "x \xe4 \xc3 \xc2\x85 \xc2\x9b \xed\xa0\x80 \xc0\x8a \xff");
    CHECK_STR(only_line(&written, "]: x "), "]: x ? ? ?? ?? ??? ?? ?");
    check_clean(look(&written));
    end(&written);
}

TEST(a_long_line_is_cut_and_does_not_vanish)
{
    struct written written;
    struct log_event event;
    char *much = malloc(20001);
    memset(much, 'm', 20000);
    much[20000] = '\0';
    start(&written, LOG_FORMAT_POSTFIX);
    log_say(written.log, LOG_INFO_LEVEL, STR("ID"), "reject: %s", much);
    struct str line = only_line(&written, "ID: reject: mmm");
    CHECK(line.len > 4000 && line.len < 10000);
    end(&written);
    start(&written, LOG_FORMAT_POSTFIX);
    log_begin(&event, written.log, LOG_INFO_LEVEL, STR("ID"));
    log_pair(&event, "from", "<%s>", much);
    log_pair(&event, "to", "<%s>", "b");
    log_words(&event, "%s", much);
    log_send(&event);
    line = only_line(&written, "ID: from=<mmm");
    CHECK(line.len > 4000 && line.len < 10000);
    end(&written);
    free(much);
}

/* --- JSON lines --- */

TEST(json_has_the_pairs_as_members)
{
    struct written written;
    struct log_event event;
    start(&written, LOG_FORMAT_JSON);
    log_begin(&event, written.log, LOG_WARNING_LEVEL, STR("4ABC"));
    log_pair(&event, "to", "<%s>", "a@b");
    log_words(&event, "said: %s", "\"no\"");
    log_send(&event);
    struct str line = only_line(&written, "{\"time\":");
    check_json(line);
    CHECK(str_find_str(line, STR("\"host\":\"mx\",\"program\":\"relais/smtpd\",\"pid\":")) != SIZE_MAX);
    CHECK(str_find_str(line, STR("\"level\":\"warning\",\"id\":\"4ABC\",\"to\":\"<a@b>\",\"message\":")) !=
          SIZE_MAX);
    CHECK(str_ends(line, STR("said: \\\"no\\\"\"}")));
    end(&written);
}

/* RFC 8259 7 and 8.1 */
TEST(json_escapes_controls_and_what_is_not_utf_8)
{
    struct written written;
    struct log_event event;
    start(&written, LOG_FORMAT_JSON);
    log_begin(&event, written.log, LOG_INFO_LEVEL, STR("a\"b\xff"));
    log_pair(&event, "helo", "%s", "\x01\t\r\n\x1f\x7f \\ gr\xc3\xbc \xe4 \xed\xa0\x80 \xc2\x9b");
    log_words(&event, "%s", "\xf0\x9f\x98\x80 \xf0\x9f");
    log_send(&event);
    struct str line = only_line(&written, "{");
    check_json(line);
    CHECK(str_find_str(line, STR("\"id\":\"a\\\"b\\ufffd\"")) != SIZE_MAX);
    CHECK(str_find_str(line,
                       STR("\"helo\":\"\\u0001\\u0009\\u000d\\u000a\\u001f\\u007f \\\\ gr\xc3\xbc \\ufffd "
                           "\\ufffd\\ufffd\\ufffd \\u009b\"")) != SIZE_MAX);
    CHECK(str_ends(line, STR(" \xf0\x9f\x98\x80 \\ufffd\\ufffd\"}")));
    end(&written);
}

TEST(json_that_had_to_be_cut_is_still_json)
{
    static const char *const fillings[] = {"\"", "\x01", "\xff", "a", "\xc3\xbc"};
    struct written written;
    struct log_event event;
    for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++)
        for (size_t pairs = 1; pairs < 40; pairs += 19) {
            size_t len = strlen(fillings[i]), much = 20000;
            char *text = malloc(much * len + 1);
            for (size_t k = 0; k <= much * len; k++)
                text[k] = k < much * len ? fillings[i][k % len] : '\0';
            start(&written, LOG_FORMAT_JSON);
            log_begin(&event, written.log, LOG_INFO_LEVEL, STR("ID"));
            for (size_t k = 0; k < pairs; k++)
                log_pair(&event, "name", "%.*s", pairs == 1 ? (int)(much * len) : 700, text);
            log_words(&event, "%s", text);
            log_send(&event);
            check_json(only_line(&written, "{"));
            end(&written);
            free(text);
        }
}

/* --- where it goes --- */

TEST(lines_are_gathered_and_errors_go_at_once)
{
    struct written written;
    char path[200];
    start(&written, LOG_FORMAT_POSTFIX);
    snprintf(path, sizeof path, "%s/log", test_directory());
    log_say(written.log, LOG_INFO_LEVEL, STR(""), "waits");
    CHECK(file_read_whole(AT_FDCWD, path, &written.lines));
    CHECK_INT(written.lines.len, 0);
    log_say(written.log, LOG_ERROR_LEVEL, STR(""), "does not wait");
    CHECK(file_read_whole(AT_FDCWD, path, &written.lines));
    CHECK(str_ends(buf_str(&written.lines), STR("error: does not wait\n")));
    CHECK(str_find_str(buf_str(&written.lines), STR("]: waits\n")) != SIZE_MAX);
    end(&written);
}

TEST(many_lines_without_a_flush_lose_none)
{
    enum { MANY = 20000 };
    struct written written;
    start(&written, LOG_FORMAT_POSTFIX);
    written.lines.limit = 4 << 20;
    for (int i = 0; i < MANY; i++)
        log_say(written.log, LOG_INFO_LEVEL, STR(""), "line %d of many", i);
    struct str all = look(&written), line;
    int count = 0;
    while (str_cut(&all, '\n', &line) && line.len)
        count++;
    CHECK_INT(count, MANY);
    end(&written);
}

/* What cannot be written is lost; the program goes on. */
TEST(a_log_that_cannot_be_written_to_does_not_stop_anybody)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct log *log = log_to_fd(full, LOG_FORMAT_POSTFIX, "relais/smtpd", "mx");
    for (int i = 0; i < 10000; i++)
        log_say(log, LOG_ERROR_LEVEL, STR(""), "line %d", i);
    log_destroy(log);
    close(full);
    int ends[2];
    CHECK(pipe(ends) == 0);
    close(ends[0]);
    log = log_to_fd(ends[1], LOG_FORMAT_JSON, "relais/smtpd", "mx");
    log_say(log, LOG_FATAL_LEVEL, STR(""), "to nobody");
    log_destroy(log);
    close(ends[1]);
}

/* Several processes append to one file. */
static void write_many(void *arg)
{
    struct log *log = log_to_fd(*(int *)arg, LOG_FORMAT_POSTFIX, "relais/other", "mx");
    for (int i = 0; i < 500; i++) {
        log_say(log, LOG_INFO_LEVEL, STR(""), "%0100d", 0);
        if (i % 7 == 0)
            log_flush(log);
    }
    log_destroy(log);
}

TEST(lines_of_several_processes_do_not_mix)
{
    struct written written;
    start(&written, LOG_FORMAT_POSTFIX);
    CHECK_INT(test_child(write_many, &written.fd), 0);
    write_many(&written.fd);
    struct str all = look(&written), line;
    int count = 0;
    while (str_cut(&all, '\n', &line) && line.len) {
        CHECK(str_ends(line, STR("0000")) && str_find_str(line, STR("mx relais/other[")) == 16);
        count++;
    }
    CHECK_INT(count, 1000);
    end(&written);
}

static void check_seconds(int64_t us, const char *wanted)
{
    char out[LOG_SECONDS];
    CHECK_STR(str_of(log_seconds(1000000, 1000000 + us, out)), wanted);
}

TEST(delays_have_two_digits_that_count_and_never_an_exponent)
{
    check_seconds(0, "0");
    check_seconds(4000, "0");
    check_seconds(34000, "0.03");
    check_seconds(100000, "0.1");
    check_seconds(996000, "1");
    check_seconds(1540000, "1.5");
    check_seconds(9960000, "10");
    check_seconds(12300000, "12");
    check_seconds(123400000, "123");
    check_seconds(432000000000, "432000");
    check_seconds(-5000000, "0");
}
