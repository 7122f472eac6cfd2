/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMTP's extensions, for both sides of the wire. An extension is one file ext_<name>.c that ends in one
 * `const struct smtp_extension`, and one line in extensions.def. It says how it is advertised after EHLO
 * (RFC 5321 4.1.1.1), which parameters of MAIL and RCPT it brings, how a server reads them into the
 * transaction and how a client writes them for a peer that offers it.
 */
#ifndef SMTP_EXTENSION_H
#define SMTP_EXTENSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/verdict.h"

/* What MAIL says beyond its path, in words that outlive the protocol. */
struct smtp_mail {
    struct str sender; /* reverse-path without brackets; empty for <> */
    uint64_t size;     /* announced octets, RFC 1870; 0: not announced */
    bool eight_bit;    /* BODY=8BITMIME, RFC 6152 */
    bool smtputf8;     /* RFC 6531 */
    bool body_given;   /* BODY= was there */
    unsigned ret;      /* RFC 3461 4.3: 0 not given, 1 FULL, 2 HDRS */
    struct str envid;  /* RFC 3461 4.4, decoded */
    struct str auth;   /* RFC 4954 5, decoded; "<>" when unknown; empty: not given */
};

/* NOTIFY of RFC 3461 4.1. */
enum smtp_notify { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };

/* What RCPT says. */
struct smtp_rcpt {
    struct str address; /* forward-path without brackets */
    unsigned notify;    /* enum smtp_notify, 0 when not given */
    struct str orcpt;   /* "addr-type;address" decoded; empty when not given */
};

/* What a server has to offer at this moment. */
struct smtp_offer {
    bool tls_possible;   /* STARTTLS can be given now */
    struct str auth;     /* mechanisms to offer now, separated by blanks; empty: AUTH is not offered */
    uint64_t size_limit; /* 0: none */
    bool vrfy;
    struct str discard; /* keywords not to be offered, separated by blanks or commas, any case */
};

/* What a peer offers: bits by extension number, and values. */
struct smtp_peer {
    uint32_t offered;    /* bit n: extension n of extensions.def */
    bool esmtp;          /* EHLO was accepted */
    uint64_t size_limit; /* SIZE's value; 0: none stated */
    struct str auth;     /* AUTH's value */
};

struct smtp_mail_param {
    const char *name; /* "RET" */
    /* Server: reads the value (empty when there was no '='); texts from the arena. */
    bool (*read)(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict);
    /* Client: appends " NAME=value" when there is something to say. */
    void (*write)(const struct smtp_mail *mail, struct buf *out);
};

struct smtp_rcpt_param {
    const char *name;
    bool (*read)(struct str value, struct arena *arena, struct smtp_rcpt *rcpt, struct verdict *verdict);
    void (*write)(const struct smtp_rcpt *rcpt, struct buf *out);
};

struct smtp_extension {
    const char *keyword; /* "DSN" */
    /* Server: false when it cannot be offered now; may append " value" to what is advertised. NULL: always.
     */
    bool (*offer)(const struct smtp_offer *offer, struct buf *out);
    /* Client: takes the value a peer gave behind the keyword. NULL: of no interest. */
    void (*learn)(struct str value, struct arena *arena, struct smtp_peer *peer);
    const struct smtp_mail_param *mail_params; /* ended by a NULL name; NULL: none */
    const struct smtp_rcpt_param *rcpt_params;
};

/* The numbers of the extensions: SMTP_EXT_dsn, ... */
enum smtp_extension_number {
#define EXTENSION(name) SMTP_EXT_##name,
#include "smtp/extensions.def"
#undef EXTENSION
    SMTP_EXTENSIONS
};
const struct smtp_extension *smtp_extension(enum smtp_extension_number number);

/* --- server --- */

/* The lines of the reply to EHLO behind the greeting line, each "KEYWORD[ value]", separated by '\n'. */
void smtp_extensions_offer(const struct smtp_offer *offer, struct buf *out);
/* Reads the parameters behind the path of MAIL or RCPT ("SIZE=100 BODY=8BITMIME"). False with 501 5.5.4 or
 * 555 5.5.4 (RFC 5321 4.1.1.11: not recognized), also for a parameter given twice or of an extension in the
 * discard list. */
bool smtp_mail_params_read(struct str params, const struct smtp_offer *offer, struct arena *arena,
                           struct smtp_mail *mail, struct verdict *verdict);
bool smtp_rcpt_params_read(struct str params, const struct smtp_offer *offer, struct arena *arena,
                           struct smtp_rcpt *rcpt, struct verdict *verdict);

/* --- client --- */

/* Takes one line of an EHLO reply behind the first. */
void smtp_peer_learn(struct smtp_peer *peer, struct str line, struct arena *arena);
bool smtp_peer_offers(const struct smtp_peer *peer, enum smtp_extension_number number);
/* Appends the parameters that the peer understands, each with a blank before it. */
void smtp_mail_params_write(const struct smtp_peer *peer, const struct smtp_mail *mail, struct buf *out);
void smtp_rcpt_params_write(const struct smtp_peer *peer, const struct smtp_rcpt *rcpt, struct buf *out);

#endif
