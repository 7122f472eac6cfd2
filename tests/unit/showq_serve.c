/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about the queue, and who may ask them. */
#include "showq/serve.h"
#include "unit/test.h"

#include "io/file.h"

/* Not root, and nobody we are. */
static const struct system_user ann = {.uid = 4242, .known = true, .name = "ann"};
static const struct system_user stranger = {.uid = 4243, .known = false, .name = "uid4243"};

static void check_answer(const struct system_user *caller, const char *question, const char *wanted)
{
    char directory[200];
    struct verdict verdict;
    struct buf said;
    snprintf(directory, sizeof directory, "%s/queue", test_directory());
    CHECK(file_make_dirs(directory, 0700));
    struct showq showq = {.queue_directory = directory,
                          .qmgr_socket = "/nonexistent/qmgr",
                          .mailq_users = match_list_open(STR("ann"), false, &verdict),
                          .flush_users = match_list_open(STR("ann, unknown"), false, &verdict)};
    buf_init(&said, 1000);
    struct stream *stream = stream_over_memory(str_of(question), 1024, &said);
    showq_converse(&showq, stream, caller);
    stream_destroy(stream);
    CHECK_STR(buf_str(&said), wanted);
    buf_finish(&said);
    match_list_close(showq.mailq_users);
    match_list_close(showq.flush_users);
}

TEST(who_is_in_the_list_is_shown_the_queue)
{
    check_answer(&ann, "list\n", "ok\nMail queue is empty\n");
    check_answer(&ann, "list\r\n", "ok\nMail queue is empty\n");
    check_answer(&ann, "json\n", "ok\n");
    check_answer(&stranger, "list\n", "no User unknown(4243) is not allowed to view the mail queue\n");
    check_answer(&stranger, "json\n", "no User unknown(4243) is not allowed to view the mail queue\n");
}

TEST(each_right_has_a_list_of_its_own)
{
    check_answer(&stranger, "flush\n", "no the queue manager does not answer\n");
    check_answer(&ann, "flush-site lyon.example\n", "no the queue manager does not answer\n");
}

TEST(what_is_no_question_is_not_answered)
{
    static const char *const wrong[] = {
        "\n",        "lists\n",      "flush-id\n",     "flush-id ../../etc/passwd\n",
        "flush x\n", "delete ALL\n", "flush-site  \n", "LIST\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_answer(&ann, wrong[i], "no such question\n");
    check_answer(&ann, "", "");
    check_answer(&ann, "list", "");
}
