/* SPDX-License-Identifier: BSD-2-Clause */
/* What fuzz targets share. */
#include "fuzz/fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/message.h"

uint8_t fuzz_choice(struct str *input)
{
    if (input->len == 0)
        return 0;
    uint8_t choice = (uint8_t)input->at[0];
    *input = str_from(*input, 1);
    return choice;
}

void fuzz_directory_make(char path[64])
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, 64, "%s/relais-fuzz-XXXXXX", parent);
    if (!mkdtemp(path))
        abort();
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

void fuzz_directory_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void add(struct store *store, struct str message)
{
    struct verdict verdict;
    struct append *append;
    struct uid_pairs pairs;
    bool begun = append_begin(store, STR("INBOX"), &append, &verdict) == STORE_OK;
    assert(begun);
    append_write(append, message, &verdict);
    append_message(append, &(struct append_about){.internal_date = 837593065}, &verdict);
    if (append_commit(append, &pairs, &verdict) == STORE_OK)
        uid_pairs_finish(&pairs);
}

struct store *fuzz_store_make(const char *home, const struct store_options *options, struct str message)
{
    struct verdict verdict;
    struct store *store;
    bool opened = store_open(home, options, &store, &verdict) == STORE_OK;
    assert(opened);
    if (message.len)
        add(store, message);
    return store;
}
