/* SPDX-License-Identifier: BSD-2-Clause */
/* DSN, RFC 3461: what the sender wants to hear about delivery. RET and ENVID with MAIL, NOTIFY and ORCPT with
 * RCPT. */
#include "smtp/extension.h"

#include "base/xtext.h"

/* RFC 3461 4.3 */
static bool read_ret(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict)
{
    (void)arena;
    mail->ret = str_eq_nocase(value, STR("FULL")) ? 1 : str_eq_nocase(value, STR("HDRS")) ? 2 : 0;
    return mail->ret || verdict_set(verdict, 501, "5.4", "RET is FULL or HDRS");
}

static void write_ret(const struct smtp_mail *mail, struct buf *out)
{
    if (mail->ret)
        buf_add_text(out, mail->ret == 1 ? " RET=FULL" : " RET=HDRS");
}

/* RFC 3461 4.4: at most 100 characters of xtext, printable when decoded. */
static bool read_envid(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict)
{
    bool sound = value.len > 0 && value.len <= 100 && xtext_decode(value, arena, &mail->envid);
    for (size_t i = 0; sound && i < mail->envid.len; i++)
        sound = char_is_print(mail->envid.at[i]);
    return sound || verdict_set(verdict, 501, "5.4", "ENVID is not xtext of printable characters");
}

static void write_envid(const struct smtp_mail *mail, struct buf *out)
{
    if (mail->envid.len) {
        buf_add_text(out, " ENVID=");
        xtext_encode(mail->envid, out);
    }
}

/* RFC 3461 4.1: NEVER alone, or a list of the others. */
static bool read_notify(struct str value, struct arena *arena, struct smtp_rcpt *rcpt,
                        struct verdict *verdict)
{
    (void)arena;
    struct str rest = value, word;
    unsigned notify = 0;
    while (str_cut(&rest, ',', &word)) {
        unsigned bit = str_eq_nocase(word, STR("NEVER"))     ? NOTIFY_NEVER
                       : str_eq_nocase(word, STR("SUCCESS")) ? NOTIFY_SUCCESS
                       : str_eq_nocase(word, STR("FAILURE")) ? NOTIFY_FAILURE
                       : str_eq_nocase(word, STR("DELAY"))   ? NOTIFY_DELAY
                                                             : 0;
        if (!bit)
            return verdict_set(verdict, 501, "5.4", "NOTIFY is NEVER or a list of SUCCESS, FAILURE, DELAY");
        notify |= bit;
    }
    if (!notify || (notify & NOTIFY_NEVER && notify != NOTIFY_NEVER))
        return verdict_set(verdict, 501, "5.4", "NOTIFY=NEVER stands alone");
    rcpt->notify = notify;
    return true;
}

static void write_notify(const struct smtp_rcpt *rcpt, struct buf *out)
{
    if (!rcpt->notify)
        return;
    if (rcpt->notify & NOTIFY_NEVER) {
        buf_add_text(out, " NOTIFY=NEVER");
        return;
    }
    const char *between = " NOTIFY=";
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = {{NOTIFY_SUCCESS, "SUCCESS"}, {NOTIFY_FAILURE, "FAILURE"}, {NOTIFY_DELAY, "DELAY"}};
    for (size_t i = 0; i < 3; i++) {
        if (!(rcpt->notify & words[i].bit))
            continue;
        buf_add_text(out, between);
        buf_add_text(out, words[i].word);
        between = ",";
    }
}

/* RFC 3461 4.2: addr-type ";" xtext, at most 500 characters; RFC 6533 brings addr-type utf-8. */
static bool read_orcpt(struct str value, struct arena *arena, struct smtp_rcpt *rcpt, struct verdict *verdict)
{
    size_t semicolon = str_find(value, ';');
    struct str address;
    if (value.len > 500 || semicolon == SIZE_MAX || semicolon == 0 ||
        !xtext_decode(str_from(value, semicolon + 1), arena, &address) || address.len == 0)
        return verdict_set(verdict, 501, "5.4", "ORCPT is addr-type;xtext");
    struct str type = str_sub(value, 0, semicolon);
    for (size_t i = 0; i < type.len; i++)
        if (!char_is_alnum(type.at[i]) && type.at[i] != '-')
            return verdict_set(verdict, 501, "5.4", "ORCPT address type is not an atom");
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.at[i] < 0x20 || address.at[i] == 0x7f)
            return verdict_set(verdict, 501, "5.4", "ORCPT has control characters");
    rcpt->orcpt = arena_printf(arena, STR_FMT ";" STR_FMT, STR_ARG(type), STR_ARG(address));
    return true;
}

static void write_orcpt(const struct smtp_rcpt *rcpt, struct buf *out)
{
    size_t semicolon = str_find(rcpt->orcpt, ';');
    if (semicolon == SIZE_MAX)
        return;
    buf_add_text(out, " ORCPT=");
    buf_add(out, str_sub(rcpt->orcpt, 0, semicolon + 1));
    xtext_encode(str_from(rcpt->orcpt, semicolon + 1), out);
}

static const struct smtp_mail_param mail_params[] = {
    {"RET", read_ret, write_ret}, {"ENVID", read_envid, write_envid}, {NULL, NULL, NULL}};
static const struct smtp_rcpt_param rcpt_params[] = {
    {"NOTIFY", read_notify, write_notify}, {"ORCPT", read_orcpt, write_orcpt}, {NULL, NULL, NULL}};

const struct smtp_extension smtp_ext_dsn = {
    .keyword = "DSN",
    .mail_params = mail_params,
    .rcpt_params = rcpt_params,
};
