/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives each file named on the command line to a fuzz target, where there is no libFuzzer: seeds as
 * regression tests. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

enum { INPUT_LIMIT = 1 << 20 };

/* In memory of exactly its size, so that AddressSanitizer sees the first octet read past it. */
static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *whole = malloc(INPUT_LIMIT);
    if (!file || !whole) {
        perror(path);
        exit(1);
    }
    size_t size = fread(whole, 1, INPUT_LIMIT, file);
    fclose(file);
    uint8_t *input = realloc(whole, size ? size : 1);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
