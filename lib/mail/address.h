/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail addresses of the envelope: RFC 5321 4.1.2 (Path, Mailbox), 4.1.3 (address literals) and RFC 6531 3.3
 * (UTF-8). Text from a client is parsed once into its parts; everything behind works with the parts or with
 * the one canonical text that address_print makes of them: local part quoted only where it must be, domain in
 * lower case, no brackets, no source route. That text is what the queue file, the tables and the log hold,
 * and parsing it gives the same parts again.
 *
 * Beyond the RFC's letter: a label of a domain may contain '_', for DNS names in use do; a domain whose last
 * label is a number is refused, for it would be read as an IP address.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/verdict.h"

/* RFC 5321 4.5.3.1.1-3, in octets; the path's 256 count its two brackets. */
enum { ADDRESS_LOCAL_LIMIT = 64, ADDRESS_DOMAIN_LIMIT = 255, ADDRESS_LIMIT = 254 };

enum address_domain_kind {
    ADDRESS_NO_DOMAIN, /* the null path, or a local part alone */
    ADDRESS_NAME,      /* a domain name */
    ADDRESS_IPV4,      /* [192.0.2.1] */
    ADDRESS_IPV6,      /* [IPv6:2001:db8::1] */
};

struct address_parts {
    struct str local;  /* its octets, quoting undone; may be empty with a domain: ""@example.org */
    struct str domain; /* lower case (ASCII letters); a literal with its brackets; no dot at the end */
    enum address_domain_kind kind;
    bool null; /* <> : nothing else is set */
    bool utf8; /* has octets over 127: needs RFC 6531 */
};

/* What a caller takes besides local@domain in ASCII. */
enum address_rules {
    ADDRESS_UTF8 = 1,              /* UTF-8 in both parts (RFC 6531) */
    ADDRESS_TAKE_NULL = 2,         /* <>, for a reverse-path */
    ADDRESS_TAKE_POSTMASTER = 4,   /* postmaster without domain in any case, for RCPT (RFC 5321 4.1.1.3) */
    ADDRESS_TAKE_LOCAL = 8,        /* any local part without domain, for local submission and tables */
    ADDRESS_TAKE_UNBRACKETED = 16, /* address_take_path: a path without <> ends before the first blank */
    ADDRESS_IS_SENDER = 32,        /* refusals say 5.1.7 (sender) instead of 5.1.3 (recipient) */
};

/* Takes "<...>" off the front of *rest (which a MAIL or RCPT command has behind the colon); what follows it
 * is left in *rest. Source routes are checked and dropped. Parts come from the arena. False with a 501 5.1.3
 * or 5.1.7, or a 553 5.6.7 for UTF-8 that is not allowed; *rest is then as before. */
bool address_take_path(struct str *rest, unsigned rules, struct arena *arena, struct address_parts *parts,
                       struct verdict *verdict);
/* All of text is one path without its brackets; the empty text is the null path. */
bool address_parse(struct str text, unsigned rules, struct arena *arena, struct address_parts *parts,
                   struct verdict *verdict);

/* The canonical text; a caller may have given a domain (in lower case) to parts without one. False when the
 * buffer's limit is passed. */
bool address_print(const struct address_parts *parts, struct buf *out);
struct str address_text(const struct address_parts *parts, struct arena *arena);
/* Only the local part, quoted where needed. */
bool address_print_local(struct str local, struct buf *out);

/* Where canonical text (not text from outside) divides: local part as printed, domain. The domain is empty
 * when there is none. */
void address_cut(struct str text, struct str *local, struct str *domain);

/* user+extension: divides at the first octet that is one of `delimiters`; false (and *user = local,
 * *extension empty) when there is nothing to divide: no delimiter, nothing before it, or a name that is never
 * divided: postmaster, mailer-daemon, double-bounce, and with '-' as delimiter owner-X and X-request. */
bool address_split_extension(struct str local, struct str delimiters, struct str *user,
                             struct str *extension);

/* A domain name by RFC 5321 4.1.2 Domain and DNS limits; UTF-8 labels when utf8 (checked as U-labels by IDNA
 * 2008). For HELO names, table keys and parameters also. */
bool address_domain_is_name(struct str domain, bool utf8);
/* "[192.0.2.1]" or "[IPv6:...]" with a sound address inside. */
bool address_domain_is_literal(struct str domain, enum address_domain_kind *kind);
/* The domain with A-labels (xn--), in lower case, for DNS and for peers without SMTPUTF8; literals and ASCII
 * names as they are. False when a label has no A-label. */
bool address_domain_ascii(struct str domain, struct buf *out);
/* The domain with U-labels, for comparison of both spellings and for showing. A label that is no valid
 * A-label stays as it is. */
bool address_domain_unicode(struct str domain, struct buf *out);
/* The one spelling of an international domain: its U-labels, mapped and normalised by way of the A-labels. */
bool address_domain_canonical(struct str domain, struct buf *out);
/* The one spelling of a literal that address_domain_is_literal took; returns its length. */
size_t address_literal_print(struct str domain, char out[64]);

#endif
