/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An IMAP session after login (RFC 3501 3): reads a command, lets its row act, reports what happened in the
 * mailbox (RFC 3501 5.2), and then sends the tagged reply. One engine for sockets and memory.
 */
#ifndef IMAPD_SESSION_H
#define IMAPD_SESSION_H

#include "imap/lexer.h"
#include "imap/set.h"
#include "imapd/command.h"
#include "imapd/params.h"
#include "io/log.h"
#include "mail/mime.h"
#include "store/mailbox.h"

enum imap_state { IMAP_AUTHENTICATED = 1, IMAP_SELECTED = 2, IMAP_LOGOUT = 4 };

enum imap_reply_kind { IMAP_REPLY_NONE, IMAP_REPLY_OK, IMAP_REPLY_NO, IMAP_REPLY_BAD };

enum {
    IMAP_INPUT_LIMIT = 128 * 1024,
    IMAP_ARENA_LIMIT = 128 * 1024 * 1024, /* of a command: grows with the mailbox */
    IMAP_RESPONSE_LIMIT = 16 * 1024 * 1024,
    IMAP_REPLY_LIMIT = 1024,
};

/* The message that was looked at last, kept open: clients ask for one piece after the other. */
struct imap_open_message {
    uint32_t uid; /* 0: none */
    struct message_file file;
    struct str octets; /* mapped when at != NULL */
    bool parsed;
    struct mime mime;
};

struct imap_session {
    /* borrowed, set by the caller */
    struct stream *stream;
    struct store *store;
    const struct imapd_params *params;

    struct imap_lexer lexer;
    struct arena *arena;   /* owned; of one command */
    struct arena *parse;   /* owned; of the open message */
    struct arena *scratch; /* owned; of one response */
    struct buf out;        /* a response in the making */

    enum imap_state state;   /* changed by imap_select and imap_unselect, and by LOGOUT */
    struct mailbox *mailbox; /* owned; NULL unless IMAP_SELECTED */
    unsigned keywords_shown; /* how many keywords the last FLAGS response had */
    bool condstore;          /* RFC 7162 3.1: FETCH responses have MODSEQ */
    struct imap_set saved;   /* $ of RFC 5182, as UIDs; owned array */
    struct imap_open_message open;

    struct str tag;
    const struct imap_command *command;
    bool uid;           /* the command has UID in front */
    bool command_saved; /* its message set is $ */
    enum imap_reply_kind reply;
    struct buf reply_text;
    unsigned errors; /* bad commands in a row */
    enum imap_watch { IMAP_WATCH_UNTRIED, IMAP_WATCH_ON, IMAP_WATCH_NONE } watch;
    int64_t flush_deadline; /* changes not yet durable must be by then; 0: there are none */

    struct imap_counts {
        uint64_t commands, fetched, fetched_octets, appended, expunged;
    } counts;
};

/* stream, store and params must be set, all else is made. */
void imap_session_init(struct imap_session *session, struct stream *stream, struct store *store,
                       const struct imapd_params *params);
void imap_session_finish(struct imap_session *session);
/* Answers the command that logged in (empty tag: PREAUTH), takes commands until LOGOUT or the end. */
void imap_session_run(struct imap_session *session, struct str login_tag);

/* --- answers --- */

/* "* text CRLF" */
void imap_send(struct imap_session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* How the command went, for the tagged reply; code may be NULL, e.g. "TRYCREATE". The last one counts. */
void imap_ok(struct imap_session *session, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void imap_no(struct imap_session *session, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void imap_bad(struct imap_session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A NO with the code that fits (RFC 5530); STORE_OK sets nothing. Returns result == STORE_OK. */
bool imap_result(struct imap_session *session, enum store_result result, const struct verdict *verdict);
/* "* QUOTA" of the one root there is, "" (RFC 9208 4.2.1); false with the reply set. */
bool imap_send_quota(struct imap_session *session);
/* Names all capabilities of this state, with blanks between. */
void imap_put_capabilities(struct buf *out);

/* --- names --- */

/* A mailbox argument: an astring in modified UTF-7 as UTF-8, in the command's arena. A name that cannot be is
 * answered with NO. */
bool imap_lex_mailbox(struct imap_session *session, struct str *name);
/* Appends a name (UTF-8) as clients see it. */
void imap_put_mailbox(struct buf *out, struct str name);

/* --- the selected mailbox (select.c, report.c) --- */

/* Leaves it without expunging. */
void imap_unselect(struct imap_session *session);
/* SELECT and EXAMINE. */
void imap_select(struct imap_session *session, bool read_only);
/* Sends what happened since (RFC 3501 5.2, 7.3, 7.4.1). */
void imap_report(struct imap_session *session, bool may_expunge);
/* FLAGS and PERMANENTFLAGS, when there are keywords that were not shown yet (or always). */
void imap_show_flags(struct imap_session *session, bool always);

/* --- flags (flags.c) --- */

enum { IMAP_KEYWORDS = 200 }; /* of one list; a store has fewer */
struct imap_flags {
    uint8_t flags;
    uint64_t keywords; /* set by imap_find_keywords */
    struct str *names; /* of keywords; in the command's arena */
    size_t count;
};
/* "(\Seen word)", or without parentheses when `bare` is allowed. \Recent and unknown system flags are BAD. */
bool imap_lex_flags(struct imap_session *session, bool bare, struct imap_flags *flags);
/* Turns the names into bits when all of the command was read: a command that is refused must not leave
 * keywords behind. A new one for which there is no room is answered with NO [LIMIT]; without `create` new
 * ones do not count. */
bool imap_find_keywords(struct imap_session *session, struct imap_flags *flags, bool create);
/* The system flag of this name; 0 when there is none. */
uint8_t imap_flag_named(struct str name);
/* "\Seen \Deleted word", without parentheses. */
void imap_put_flags(struct imap_session *session, struct buf *out, const struct message *message);
/* "* n FETCH (FLAGS (...))" with UID when the command has it, and MODSEQ when it is wanted. */
void imap_send_flags(struct imap_session *session, size_t index);

/* --- messages (messages.c) --- */

/* first <= last < mailbox_count */
struct imap_span {
    size_t first, last;
};
struct imap_spans {
    struct imap_span *at; /* ascending, disjoint */
    size_t count;
};
/* The message set of a command: numbers, or UIDs when the command has UID in front, or $ (RFC 5182). */
bool imap_lex_messages(struct imap_session *session, struct imap_set *set);
/* The messages it means. False with BAD when a number is too large. */
bool imap_find_messages(struct imap_session *session, struct imap_set *set, struct imap_spans *spans);
/* The same for UIDs in any case (UID EXPUNGE, search key UID). */
void imap_find_uids(struct imap_session *session, struct imap_set *set, struct imap_spans *spans);
/* For calls of the store. */
struct uid_ranges imap_span_uids(struct imap_session *session, const struct imap_spans *spans);
/* Something in the spans was expunged by others, and the client does not know. */
bool imap_has_gone(struct imap_session *session, const struct imap_spans *spans);

/* Opens a message, or finds it open. */
bool imap_open_message(struct imap_session *session, const struct message *message, struct verdict *verdict);
/* Its octets. */
bool imap_map_message(struct imap_session *session, struct verdict *verdict);
/* Its MIME structure. */
bool imap_parse_message(struct imap_session *session, struct verdict *verdict);
void imap_close_message(struct imap_session *session);

/* --- waiting (wait.c) --- */

/* Waits up to ms for the client; true when there is input (or the connection's end) to be read. */
bool imap_wait_input(struct imap_session *session, int64_t ms);
/* The same, but also ends, with false, when something was written to the store or poll_interval has passed.
 */
bool imap_wait_news(struct imap_session *session);
/* Makes changes durable that are about to be older than a second, or all. */
void imap_flush(struct imap_session *session, bool all);

#endif
