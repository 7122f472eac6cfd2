/* SPDX-License-Identifier: BSD-2-Clause */
/* The three parts of a delivery report, in the order of RFC 6522 3. */
#include "mail/dsn.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/compose.h"
#include "mail/date.h"

enum { BOUNDARY_SIZE = 96, TEXT_LIMIT = 2048 };

uint64_t dsn_notify_of_members(uint64_t notify)
{
    return notify == DSN_NOTIFY_SUCCESS ? DSN_NOTIFY_NEVER : notify & ~(uint64_t)DSN_NOTIFY_SUCCESS;
}

/* What strangers said, made fit for a line: control characters become '?', and octets over 127 too unless the
 * report is one of RFC 6533 and they are UTF-8. */
static void add_clean(const struct dsn *dsn, struct str text, struct buf *out)
{
    struct str rest = text;
    while (rest.len) {
        struct str before = rest;
        uint32_t point;
        bool known = utf8_take(&rest, &point);
        if (!known)
            rest = str_from(rest, 1);
        bool plain = known && (char_is_print(before.at[0]) || (dsn->utf8 && point > 0x9f));
        buf_add(out, plain ? str_sub(before, 0, before.len - rest.len) : STR("?"));
    }
}

/* One field of the status part, folded by compose. */
static void add_status_field(struct compose *status, const struct dsn *dsn, const char *name,
                             const char *type, struct str value)
{
    struct buf line;
    buf_init(&line, TEXT_LIMIT);
    if (type)
        buf_printf(&line, "%s; ", type);
    add_clean(dsn, value, &line);
    compose_field(status, name, buf_str(&line));
    buf_finish(&line);
}

static void add_date_field(struct compose *status, const char *name, int64_t seconds)
{
    struct mail_date date = mail_date_here(seconds);
    compose_date(status, name, &date);
}

/* --- the header --- */

static const char *subject(const struct dsn *dsn)
{
    switch (dsn->kind) {
    case DSN_FAILURE:
        return "Your message could not be delivered";
    case DSN_DELAY:
        return "Your message is delayed";
    case DSN_SUCCESS:
        return "Your message was passed on";
    }
    return "";
}

/* A boundary that does not occur in what is returned; its writer could not know our queue id, but it costs
 * little to look. */
static void choose_boundary(const struct dsn *dsn, char boundary[BOUNDARY_SIZE])
{
    unsigned attempt = 0;
    do
        snprintf(boundary, BOUNDARY_SIZE, "=_" STR_FMT ".%lld.%u", STR_ARG(str_sub(dsn->queue_id, 0, 32)),
                 (long long)dsn->now, attempt++);
    while (str_find_str(dsn->original, str_of(boundary)) != SIZE_MAX);
}

static bool add_header(const struct dsn *dsn, const char *boundary, struct buf *out)
{
    struct compose header = compose_begin(out, dsn->utf8);
    struct mail_date date = mail_date_here(dsn->now);
    struct buf received;
    buf_init(&received, TEXT_LIMIT);
    buf_printf(&received, "by " STR_FMT " (" STR_FMT ") id " STR_FMT "; ", STR_ARG(dsn->reporter),
               STR_ARG(dsn->mail_name), STR_ARG(dsn->queue_id));
    mail_date_print(&date, &received);
    compose_field(&header, "Received", buf_str(&received));
    buf_finish(&received);
    compose_date(&header, "Date", &date);
    compose_address(&header, "From", STR("Mail Delivery System"), dsn->from);
    compose_address(&header, "To", STR(""), dsn->to);
    compose_text(&header, "Subject", str_of(subject(dsn)));
    compose_message_id(&header, "Message-ID", dsn->queue_id, dsn->reporter);
    compose_field(&header, "Auto-Submitted", STR("auto-replied")); /* RFC 3834 5 */
    compose_field(&header, "MIME-Version", STR("1.0"));
    compose_printf(&header, "Content-Type", "multipart/report; report-type=%s; boundary=\"%s\"",
                   dsn->utf8 ? "global-delivery-status" : "delivery-status", boundary);
    if (dsn->utf8 || !utf8_is_ascii(dsn->original))
        compose_field(&header, "Content-Transfer-Encoding", STR("8bit"));
    return compose_end(&header);
}

static bool begin_part(const struct dsn *dsn, const char *boundary, const char *type, bool eight_bit,
                       struct buf *out)
{
    struct compose header = compose_begin(out, dsn->utf8);
    buf_printf(out, "\r\n--%s\r\n", boundary);
    compose_field(&header, "Content-Type", str_of(type));
    if (eight_bit)
        compose_field(&header, "Content-Transfer-Encoding", STR("8bit"));
    return compose_end(&header);
}

/* --- for people --- */

static void explain(const struct dsn *dsn, struct buf *out)
{
    switch (dsn->kind) {
    case DSN_FAILURE:
        buf_add_text(out,
                     "Your message could not be delivered to the recipients below, and it will not be\r\n"
                     "tried again.");
        break;
    case DSN_DELAY:
        buf_add_text(out,
                     "Your message has not yet been delivered to the recipients below. It stays in the\r\n"
                     "queue and is tried again; you need not send it again.");
        break;
    case DSN_SUCCESS:
        buf_add_text(out, "You asked to be told: your message was delivered to the recipients below, or\r\n"
                          "passed on to a system that does not report further.");
        break;
    }
    buf_add_text(out, "\r\n");
}

static void add_human_recipient(const struct dsn *dsn, const struct dsn_recipient *rcpt, struct buf *out)
{
    buf_add_text(out, "\r\n<");
    add_clean(dsn, rcpt->address, out);
    buf_add_text(out, ">\r\n    ");
    if (rcpt->remote.len) {
        buf_add_text(out, "host ");
        add_clean(dsn, rcpt->remote, out);
        buf_printf(out, " said: %u ", rcpt->code);
    }
    add_clean(dsn, str_sub(rcpt->text, 0, VERDICT_TEXT_LIMIT), out);
    buf_printf(out, " (%u.%u.%u)\r\n", rcpt->class, rcpt->subject, rcpt->detail);
}

static bool add_human_part(const struct dsn *dsn, const char *boundary, struct buf *out)
{
    const char *type = dsn->utf8 ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii";
    if (!begin_part(dsn, boundary, type, dsn->utf8, out))
        return false;
    buf_printf(out, "This is the mail system at " STR_FMT ".\r\n\r\n", STR_ARG(dsn->reporter));
    explain(dsn, out);
    for (size_t i = 0; i < dsn->rcpt_count; i++)
        add_human_recipient(dsn, &dsn->rcpts[i], out);
    if (dsn->retry_until && dsn->kind == DSN_DELAY) {
        struct mail_date until = mail_date_here(dsn->retry_until);
        buf_add_text(out, "\r\nIt is tried until ");
        mail_date_print(&until, out);
        buf_add_text(out, ".\r\n");
    }
    buf_printf(out, "\r\n%s of your message is attached.\r\n", dsn->header_only ? "The header" : "A copy");
    return !out->over;
}

/* --- for programs: RFC 3464 2 --- */

static const char *action_name(enum dsn_action action)
{
    static const char *const names[] = {"failed", "delayed", "delivered", "relayed", "expanded"};
    return names[action];
}

/* RFC 3464 2.2: fields about the message. */
static void add_message_fields(const struct dsn *dsn, struct compose *status)
{
    if (dsn->envid.len)
        add_status_field(status, dsn, "Original-Envelope-Id", NULL, dsn->envid);
    add_status_field(status, dsn, "Reporting-MTA", "dns", dsn->reporter);
    if (dsn->original_id.len)
        add_status_field(status, dsn, "X-Relais-Queue-ID", NULL, dsn->original_id);
    if (dsn->original_from.len)
        add_status_field(status, dsn, "X-Relais-Sender", dsn->utf8 ? "utf-8" : "rfc822", dsn->original_from);
    add_date_field(status, "Arrival-Date", dsn->arrival);
}

/* RFC 3464 2.3.6: a reply that a host gave, with its code, or words of our own. */
static void add_diagnostic(const struct dsn *dsn, const struct dsn_recipient *rcpt, struct compose *status)
{
    char type[32] = "x-relais";
    if (rcpt->remote.len)
        snprintf(type, sizeof type, "smtp; %u", rcpt->code);
    struct buf value;
    buf_init(&value, TEXT_LIMIT);
    buf_printf(&value, "%s%s ", type, rcpt->remote.len ? "" : ";");
    add_clean(dsn, str_sub(rcpt->text, 0, VERDICT_TEXT_LIMIT), &value);
    compose_field(status, "Diagnostic-Code", buf_str(&value));
    buf_finish(&value);
}

/* RFC 3464 2.3: fields about a recipient, an empty line before them and none behind (2.1). Original-Recipient
 * has its own address type (RFC 3461 6.3). */
static void add_recipient_fields(const struct dsn *dsn, const struct dsn_recipient *rcpt,
                                 struct compose *status)
{
    size_t type_end = str_find(rcpt->orcpt, ';');
    char type[32];
    buf_add_text(status->out, "\r\n");
    if (type_end != SIZE_MAX && type_end < sizeof type) {
        snprintf(type, sizeof type, STR_FMT, STR_ARG(str_sub(rcpt->orcpt, 0, type_end)));
        add_status_field(status, dsn, "Original-Recipient", type, str_from(rcpt->orcpt, type_end + 1));
    }
    add_status_field(status, dsn, "Final-Recipient", !utf8_is_ascii(rcpt->address) ? "utf-8" : "rfc822",
                     rcpt->address);
    compose_field(status, "Action", str_of(action_name(rcpt->action)));
    compose_printf(status, "Status", "%u.%u.%u", rcpt->class, rcpt->subject, rcpt->detail);
    if (rcpt->remote.len)
        add_status_field(status, dsn, "Remote-MTA", "dns", rcpt->remote);
    if (rcpt->text.len)
        add_diagnostic(dsn, rcpt, status);
    if (rcpt->action == DSN_DELAYED && dsn->retry_until)
        add_date_field(status, "Will-Retry-Until", dsn->retry_until);
}

static bool add_status_part(const struct dsn *dsn, const char *boundary, struct buf *out)
{
    struct compose status = compose_begin(out, dsn->utf8);
    const char *type = dsn->utf8 ? "message/global-delivery-status" : "message/delivery-status";
    if (!begin_part(dsn, boundary, type, dsn->utf8, out))
        return false;
    add_message_fields(dsn, &status);
    for (size_t i = 0; i < dsn->rcpt_count; i++)
        add_recipient_fields(dsn, &dsn->rcpts[i], &status);
    return !status.refused && !out->over;
}

/* --- what came --- */

static const char *original_type(const struct dsn *dsn)
{
    if (dsn->header_only)
        return dsn->utf8 ? "message/global-headers" : "text/rfc822-headers";
    return dsn->utf8 ? "message/global" : "message/rfc822";
}

static bool add_original_part(const struct dsn *dsn, const char *boundary, struct buf *out)
{
    bool begun = begin_part(dsn, boundary, original_type(dsn), !utf8_is_ascii(dsn->original), out);
    buf_add(out, dsn->original);
    buf_printf(out, "\r\n--%s--\r\n", boundary);
    return begun && !out->over;
}

bool dsn_compose(const struct dsn *dsn, struct buf *out, size_t *header_size, struct verdict *verdict)
{
    char boundary[BOUNDARY_SIZE];
    size_t start = out->len;
    choose_boundary(dsn, boundary);
    bool composed = add_header(dsn, boundary, out);
    *header_size = out->len - start;
    composed = composed && add_human_part(dsn, boundary, out) && add_status_part(dsn, boundary, out) &&
               add_original_part(dsn, boundary, out);
    if (composed)
        return true;
    if (out->over)
        return verdict_set(verdict, 552, "3.4", "The report would be too large");
    return verdict_set(verdict, 554, "6.0", "The report cannot be written: an address has unfit characters");
}
