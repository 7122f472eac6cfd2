/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing message data line by line, with memchr doing the walking. */
#include "smtp/data.h"

#include <string.h>

void smtp_data_init(struct smtp_data *data)
{
    *data = (struct smtp_data){.state = DATA_LINE_START};
}

/* Judges a run of octets that holds at most one LF, at its end. */
static void judge_run(struct smtp_data *data, struct str run)
{
    bool ends_line = run.at[run.len - 1] == '\n';
    size_t inner = run.len - (ends_line ? 1 : 0);
    if (data->last_cr && run.at[0] != '\n')
        data->bare = true;
    bool cr_before_end = inner ? run.at[inner - 1] == '\r' : data->last_cr;
    if (ends_line && !cr_before_end)
        data->bare = true;
    if (inner > 1 && memchr(run.at, '\r', inner - 1))
        data->bare = true;
    if (memchr(run.at, '\0', run.len))
        data->nul = true;
    data->last_cr = !ends_line && cr_before_end;
    bool sound_end = ends_line && cr_before_end;
    data->state = sound_end ? DATA_LINE_START : DATA_MID;
}

static struct str next_run(struct str input)
{
    size_t newline = str_find(input, '\n');
    return newline == SIZE_MAX ? input : str_sub(input, 0, newline + 1);
}

size_t smtp_data_read(struct smtp_data *data, struct str input, struct buf *out)
{
    size_t used = 0;
    while (used < input.len && !data->finished) {
        char c = input.at[used];
        switch (data->state) {
        case DATA_LINE_START:
            data->state = c == '.' ? DATA_DOT : DATA_MID;
            used += c == '.';
            break;
        case DATA_DOT:
            data->state = c == '\r' ? DATA_DOT_CR : DATA_MID;
            used += c == '\r';
            break;
        case DATA_DOT_CR:
            if (c == '\n') {
                data->finished = true;
                used++;
                break;
            }
            data->bare = true;
            data->last_cr = false;
            data->state = DATA_MID;
            break;
        case DATA_MID: {
            struct str run = next_run(str_from(input, used));
            judge_run(data, run);
            buf_add(out, run);
            used += run.len;
        }
        }
    }
    return used;
}

void smtp_data_check(struct smtp_data *data, struct str input, bool last)
{
    while (input.len) {
        struct str run = next_run(input);
        judge_run(data, run);
        input = str_from(input, run.len);
    }
    if (last && data->last_cr)
        data->bare = true;
}

void smtp_data_write(struct str octets, bool *line_start, struct buf *out)
{
    while (octets.len) {
        struct str run = next_run(octets);
        if (*line_start && run.at[0] == '.')
            buf_add_char(out, '.');
        buf_add(out, run);
        *line_start = run.at[run.len - 1] == '\n';
        octets = str_from(octets, run.len);
    }
}
