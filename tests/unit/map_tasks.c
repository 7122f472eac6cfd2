/* SPDX-License-Identifier: BSD-2-Clause */
/* Many tasks that ask the same tables and lists while these change. */
#include <stdio.h>

#include "io/task.h"
#include "map/maps.h"
#include "map/match.h"
#include "unit/test.h"

enum { TASKS = 20, ROUNDS = 30 };

struct scene {
    struct maps *maps;
    struct match_list *list;
    const char *path;
    int answers, wrong;
};

static void write_file(const char *path, int round)
{
    char fresh[220];
    snprintf(fresh, sizeof fresh, "%s.fresh", path);
    FILE *file = fopen(fresh, "w");
    if (!file)
        abort();
    fprintf(file, "always.example round\nround%d.example x\n", round);
    if (fclose(file) != 0 || rename(fresh, path) != 0)
        abort();
}

static void ask(void *arg)
{
    struct scene *scene = arg;
    struct arena *arena = arena_create(64 * 1024);
    for (int i = 0; i < ROUNDS; i++) {
        struct verdict verdict;
        struct str value;
        if (i % 10 == 3)
            write_file(scene->path, i);
        arena_reset(arena);
        bool found = maps_find(scene->maps, STR("always.example"), arena, &value, &verdict) == MAP_FOUND;
        bool matched = match_domain(scene->list, STR("always.example"), &verdict) == MATCH_YES;
        bool other = match_domain(scene->list, STR("never.example"), &verdict) == MATCH_NO;
        scene->wrong += !found || !matched || !other;
        scene->answers++;
    }
    arena_destroy(arena);
}

TEST(tasks_ask_tables_that_change_under_them)
{
    char path[200], spec[300], list[300];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/shared", test_directory());
    snprintf(spec, sizeof spec, "unix:passwd.byname texthash:%s", path);
    snprintf(list, sizeof list, "%s unix:group.byname", path);
    write_file(path, 0);
    struct scene scene = {maps_open(str_of(spec), &verdict), match_list_open(str_of(list), false, &verdict),
                          path, 0, 0};
    CHECK(scene.maps && scene.list);
    maps_set_recheck(scene.maps, 0);
    match_list_set_recheck(scene.list, 0);
    struct loop *loop = loop_create();
    for (int i = 0; i < TASKS; i++)
        CHECK(task_start(loop, ask, &scene));
    loop_run(loop);
    loop_destroy(loop);
    CHECK_INT(scene.answers, TASKS * ROUNDS);
    CHECK_INT(scene.wrong, 0);
    maps_close(scene.maps);
    match_list_close(scene.list);
}
