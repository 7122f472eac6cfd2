/* SPDX-License-Identifier: BSD-2-Clause */
/* master.cf: a line that is wrong gets a complaint, a service that comes out has what a service needs. */
#include "conf/master_cf.h"
#include "fuzz/fuzz.h"

enum { MEMORY = 32 << 20, INPUT_LIMIT = 16 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    struct complaints complaints;
    struct services services = {0};
    complaints_init(&complaints, arena);
    master_cf_read("master.cf", str_make(octets, size), arena, &complaints, &services);
    for (size_t i = 0; i < services.count && complaints.fatal_count == 0; i++) {
        const struct service *service = &services.at[i];
        assert(service->name.len > 0 && service->program.len > 0 && service->maxproc >= -1);
        for (size_t o = 0; o < service->option_count; o++)
            assert(service_option(service, service->options[o].name));
    }
    arena_destroy(arena);
    return 0;
}
