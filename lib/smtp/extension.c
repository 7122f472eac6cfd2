/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of extensions and what is done over all of them. */
#include "smtp/extension.h"

#include <assert.h>

#define EXTENSION(name) extern const struct smtp_extension smtp_ext_##name;
#include "smtp/extensions.def"
#undef EXTENSION

static const struct smtp_extension *const table[] = {
#define EXTENSION(name) &smtp_ext_##name,
#include "smtp/extensions.def"
#undef EXTENSION
};
static_assert(SMTP_EXTENSIONS <= 32, "smtp_peer.offered has a bit for each");

const struct smtp_extension *smtp_extension(enum smtp_extension_number number)
{
    assert((size_t)number < SMTP_EXTENSIONS);
    return table[number];
}

static bool discarded(const struct smtp_offer *offer, const char *keyword)
{
    struct str rest = offer->discard, word;
    while (str_word(&rest, ", \t", &word))
        if (str_eq_nocase(word, str_of(keyword)))
            return true;
    return false;
}

void smtp_extensions_offer(const struct smtp_offer *offer, struct buf *out)
{
    for (size_t i = 0; i < SMTP_EXTENSIONS; i++) {
        size_t start = out->len;
        if (discarded(offer, table[i]->keyword))
            continue;
        buf_add_text(out, table[i]->keyword);
        if (table[i]->offer && !table[i]->offer(offer, out))
            out->len = start;
        else
            buf_add_char(out, '\n');
    }
}

/* One "NAME[=value]" of RFC 5321 4.1.2 esmtp-param. */
struct given {
    struct str name, value;
};

static bool given_cut(struct str *params, struct given *given)
{
    struct str word;
    if (!str_word(params, " ", &word))
        return false;
    size_t equals = str_find(word, '=');
    given->name = equals == SIZE_MAX ? word : str_sub(word, 0, equals);
    given->value = equals == SIZE_MAX ? (struct str){NULL, 0} : str_from(word, equals + 1);
    return true;
}

static bool not_recognized(struct str name, struct verdict *verdict)
{
    return verdict_set(verdict, 555, "5.4", "Parameter not recognized: " STR_FMT, STR_ARG(name));
}

/* A parameter may be given once: `seen` has a bit for each of the parameters met. */
static bool first_time(uint64_t *seen, size_t extension, size_t param, struct str name,
                       struct verdict *verdict)
{
    uint64_t bit = (uint64_t)1 << ((extension * 4 + param) % 64);
    if (*seen & bit)
        return verdict_set(verdict, 501, "5.4", "Parameter given twice: " STR_FMT, STR_ARG(name));
    *seen |= bit;
    return true;
}

/* Where the values of MAIL or RCPT go; the other is NULL. */
struct target {
    struct smtp_mail *mail;
    struct smtp_rcpt *rcpt;
};

/* The parameter k of extension i by name, and its reading; false past the last. */
static bool param_at(const struct smtp_extension *extension, size_t k, const struct target *target,
                     const char **name)
{
    if (target->mail)
        *name = extension->mail_params ? extension->mail_params[k].name : NULL;
    else
        *name = extension->rcpt_params ? extension->rcpt_params[k].name : NULL;
    return *name != NULL;
}

static bool read_param(const struct smtp_extension *extension, size_t k, struct str value,
                       struct arena *arena, const struct target *target, struct verdict *verdict)
{
    return target->mail ? extension->mail_params[k].read(value, arena, target->mail, verdict)
                        : extension->rcpt_params[k].read(value, arena, target->rcpt, verdict);
}

struct reading {
    const struct smtp_offer *offer;
    struct arena *arena;
    struct target target;
    uint64_t seen;
};

static bool read_given(struct reading *reading, struct given given, struct verdict *verdict)
{
    const char *name;
    for (size_t i = 0; i < SMTP_EXTENSIONS; i++) {
        if (discarded(reading->offer, table[i]->keyword))
            continue;
        for (size_t k = 0; param_at(table[i], k, &reading->target, &name); k++)
            if (str_eq_nocase(given.name, str_of(name)))
                return first_time(&reading->seen, i, k, given.name, verdict) &&
                       read_param(table[i], k, given.value, reading->arena, &reading->target, verdict);
    }
    return not_recognized(given.name, verdict);
}

static bool read_all(struct str params, struct reading *reading, struct verdict *verdict)
{
    struct given given;
    while (given_cut(&params, &given))
        if (!read_given(reading, given, verdict))
            return false;
    return true;
}

bool smtp_mail_params_read(struct str params, const struct smtp_offer *offer, struct arena *arena,
                           struct smtp_mail *mail, struct verdict *verdict)
{
    struct reading reading = {.offer = offer, .arena = arena, .target = {.mail = mail}};
    return read_all(params, &reading, verdict);
}

bool smtp_rcpt_params_read(struct str params, const struct smtp_offer *offer, struct arena *arena,
                           struct smtp_rcpt *rcpt, struct verdict *verdict)
{
    struct reading reading = {.offer = offer, .arena = arena, .target = {.rcpt = rcpt}};
    return read_all(params, &reading, verdict);
}

void smtp_peer_learn(struct smtp_peer *peer, struct str line, struct arena *arena)
{
    struct str rest = line, keyword;
    if (!str_word(&rest, " \t=", &keyword)) /* "AUTH=" is an old form some servers still send */
        return;
    for (size_t i = 0; i < SMTP_EXTENSIONS; i++) {
        if (!str_eq_nocase(keyword, str_of(table[i]->keyword)))
            continue;
        peer->offered |= (uint32_t)1 << i;
        if (table[i]->learn)
            table[i]->learn(str_trim(rest), arena, peer);
    }
}

bool smtp_peer_offers(const struct smtp_peer *peer, enum smtp_extension_number number)
{
    return peer->offered >> number & 1;
}

void smtp_mail_params_write(const struct smtp_peer *peer, const struct smtp_mail *mail, struct buf *out)
{
    for (size_t i = 0; i < SMTP_EXTENSIONS; i++) {
        const struct smtp_mail_param *param = table[i]->mail_params;
        for (size_t k = 0; smtp_peer_offers(peer, i) && param && param[k].name; k++)
            param[k].write(mail, out);
    }
}

void smtp_rcpt_params_write(const struct smtp_peer *peer, const struct smtp_rcpt *rcpt, struct buf *out)
{
    for (size_t i = 0; i < SMTP_EXTENSIONS; i++) {
        const struct smtp_rcpt_param *param = table[i]->rcpt_params;
        for (size_t k = 0; smtp_peer_offers(peer, i) && param && param[k].name; k++)
            param[k].write(rcpt, out);
    }
}
