/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealed snapshots: what a worker is given, and that nobody can change it. */
#include "conf/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "conf/params.h"
#include "io/file.h"
#include "unit/test.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

struct other_params {
    struct str secret;
};
static const struct param_row other_rows[] = {
    {"other_secret", PARAM_TEXT, PARAM_PLAIN, "none", 0, 0, "s", offsetof(struct other_params, secret)}};
static const struct param_set other_set = {"other", other_rows, 1, sizeof(struct other_params)};
static const struct param_set *const sets[] = {&conf_param_set, &other_set, NULL};

struct place {
    struct arena *arena;
    struct complaints complaints;
    struct conf *conf;
};

static void load_with(struct place *place, const struct param_set *const *rows, const char *main_cf,
                      const char *master_cf)
{
    const char *const files[][2] = {{"main.cf", main_cf}, {"master.cf", master_cf}};
    char path[] = "/tmp/relais-snapshot.XXXXXX";
    CHECK(mkdtemp(path));
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < 2; i++)
        CHECK(file_replace(directory, files[i][0], str_of(files[i][1]), 0600));
    place->arena = arena_create(1 << 24);
    complaints_init(&place->complaints, place->arena);
    place->conf = conf_load(path, rows, place->arena, &place->complaints);
    for (size_t i = 0; i < 2; i++)
        CHECK(unlinkat(directory, files[i][0], 0) == 0);
    close(directory);
    CHECK(rmdir(path) == 0);
}

static void load(struct place *place, const char *main_cf, const char *master_cf)
{
    load_with(place, sets, main_cf, master_cf);
}

static void unload(struct place *place)
{
    conf_free(place->conf);
    arena_destroy(place->arena);
}

/* A memory file of our own making. */
static bool is_sound(struct str bytes, int seals)
{
    struct arena *arena = arena_create(1 << 20);
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && file_write_all(fd, bytes));
    CHECK(seals == 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
    struct snapshot *snapshot = snapshot_read(fd, arena);
    bool sound = snapshot != NULL;
    snapshot_free(snapshot);
    close(fd);
    arena_destroy(arena);
    return sound;
}

TEST(a_worker_reads_the_values_that_its_service_has)
{
    struct place place;
    struct conf_params params;
    struct str value;
    load(&place, "myhostname = mx.example.org\ndefault_process_limit = 7\n",
         "smtp inet n - n - - smtpd -o syslog_name=relais/$service_name -o default_process_limit=8\n");
    const struct service *service = &conf_services(place.conf)->at[0];
    int fd = snapshot_make(place.conf, service, STR("smtpd"), &place.complaints);
    CHECK(fd >= 0);
    struct snapshot *snapshot = snapshot_read(fd, place.arena);
    CHECK(snapshot && snapshot_text(snapshot, STR("syslog_name"), &value));
    CHECK_STR(value, "relais/smtp");
    param_load(&conf_param_set, snapshot_source, snapshot, place.arena, &place.complaints, &params);
    CHECK(place.complaints.fatal_count == 0 && params.default_process_limit == 8);
    CHECK_STR(params.mydomain, "example.org");
    snapshot_free(snapshot);
    close(fd);
    unload(&place);
}

struct pace_params {
    int64_t delay_ms;
};
static const struct param_row pace_rows[] = {
    {"default_destination_rate_delay", PARAM_TIME, PARAM_PLAIN, "0s", 0, 3600, "p", 0}};
static const struct param_set pace_set = {"qmgr", pace_rows, 1, sizeof(struct pace_params)};
static const struct param_set *const sets_with_pace[] = {&conf_param_set, &pace_set, NULL};

static int64_t delay_of(const struct snapshot *snapshot, const char *service, struct place *place)
{
    struct snapshot_service of = {snapshot, str_of(service)};
    struct pace_params params = {-1};
    param_load(&pace_set, snapshot_service_source, &of, place->arena, &place->complaints, &params);
    return params.delay_ms;
}

TEST(a_worker_reads_what_is_set_for_a_single_service)
{
    struct place place;
    load_with(&place, sets_with_pace,
              "default_destination_rate_delay = 3s\nslow_destination_rate_delay = 500ms\n",
              "slow unix - - n - - smtp\nquick unix - - n - - smtp\n"
              "qmgr unix - - n - 1 qmgr -o quick_destination_rate_delay=0\n");
    const struct service *qmgr = &conf_services(place.conf)->at[2];
    int fd = snapshot_make(place.conf, qmgr, STR("qmgr"), &place.complaints);
    struct snapshot *snapshot = snapshot_read(fd, place.arena);
    CHECK(snapshot);
    CHECK_INT(delay_of(snapshot, "slow", &place), 500);
    CHECK_INT(delay_of(snapshot, "quick", &place), 0);
    CHECK_INT(delay_of(snapshot, "none-such", &place), 3000);
    CHECK_INT(place.complaints.fatal_count, 0);
    snapshot_free(snapshot);
    close(fd);
    unload(&place);
}

/* Whether a program is given other_secret. */
static bool is_given(struct place *place, struct str program)
{
    struct str value = STR("hidden");
    int fd = snapshot_make(place->conf, NULL, program, &place->complaints);
    struct snapshot *snapshot = snapshot_read(fd, place->arena);
    bool given = snapshot && snapshot_text(snapshot, STR("other_secret"), &value);
    CHECK(snapshot);
    CHECK_STR(value, "hidden");
    snapshot_free(snapshot);
    close(fd);
    return given;
}

TEST(a_program_is_not_given_the_parameters_of_another)
{
    struct place place;
    load(&place, "other_secret = hidden\n", "");
    CHECK(!is_given(&place, STR("smtpd")));
    CHECK(is_given(&place, STR("other")));
    unload(&place);
}

TEST(nobody_can_change_a_snapshot)
{
    struct place place;
    load(&place, "", "");
    int fd = snapshot_make(place.conf, NULL, STR("smtpd"), &place.complaints);
    CHECK((fcntl(fd, F_GET_SEALS) & SEALS) == SEALS);
    CHECK(pwrite(fd, "x", 1, 0) < 0 && errno == EPERM);
    CHECK(ftruncate(fd, 0) < 0 && errno == EPERM);
    CHECK(ftruncate(fd, 1 << 20) < 0 && errno == EPERM);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0 && errno == EPERM);
    close(fd);
    unload(&place);
}

TEST(a_value_that_cannot_be_expanded_makes_no_snapshot)
{
    struct place place;
    load(&place, "myorigin = ${\n", "");
    errno = 0;
    CHECK(snapshot_make(place.conf, NULL, STR("smtpd"), &place.complaints) == -1 && errno == EINVAL);
    CHECK(place.complaints.fatal_count == 1);
    unload(&place);
}

TEST(a_file_without_its_seals_is_no_snapshot)
{
    CHECK(is_sound(STR("RELAISC1"), SEALS));
    CHECK(!is_sound(STR("RELAISC1"), 0));
    CHECK(!is_sound(STR("RELAISC1"), F_SEAL_WRITE | F_SEAL_GROW));
}

TEST(no_prefix_of_a_snapshot_that_ends_within_a_text_is_one)
{
    struct buf bytes;
    buf_init(&bytes, 1000);
    buf_add_text(&bytes, "RELAISC1");
    size_t start = bytes.len;
    put_text(&bytes, STR("name"));
    put_text(&bytes, STR("value"));
    CHECK(is_sound(buf_str(&bytes), SEALS));
    for (size_t len = 0; len < bytes.len; len++)
        CHECK(is_sound(str_sub(buf_str(&bytes), 0, len), SEALS) == (len == start));
    CHECK(!is_sound(STR("RELAISC0"), SEALS));
    buf_finish(&bytes);
}
