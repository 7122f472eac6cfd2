/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restriction lists (reference: Postfix's access language): a list is asked at one stage of the conversation;
 * its items are looked at in order, and the first that permits or rejects decides for this list. An item is a
 * row of access.c's table. An item nobody knows is found when the list is parsed, before it is used.
 */
#ifndef SMTPD_ACCESS_H
#define SMTPD_ACCESS_H

#include "base/arena.h"
#include "base/verdict.h"
#include "map/map.h"

/* What a look at one item, or at one entry of a table, decides. */
enum access_decision { ACCESS_NEXT, ACCESS_PERMIT, ACCESS_REFUSE };

struct access_list;
struct maps;
struct session;
struct server;

/* What a list is about, and a refusal in it and in the log: "<name>: Client host rejected: text". */
enum access_subject { SUBJECT_CLIENT, SUBJECT_HELO, SUBJECT_SENDER, SUBJECT_RECIPIENT };

/* What a list is asked about. */
struct access_request {
    struct session *session;
    enum access_subject subject;
    const char *stage;    /* "CONNECT", "HELO", "MAIL", "RCPT" */
    struct str helo;      /* what the client calls itself; empty: nothing yet */
    struct str sender;    /* canonical; meaningful from MAIL on */
    struct str recipient; /* canonical; RCPT only */
};

/* False with *verdict naming the item that is not known. *list lives in the arena, its tables until
 * access_close; NULL for an empty text. */
bool access_parse(struct str text, struct arena *arena, struct access_list **list, struct verdict *verdict);
void access_close(struct access_list *list); /* NULL is fine */
/* As map_take_notes for all tables of the list. */
void access_take_notes(const struct access_list *list, map_note_fn *fn, void *arg);
/* False with *verdict when the list refuses (4yz or 5yz). An empty list permits. */
bool access_decide(const struct access_list *list, const struct access_request *request,
                   struct verdict *verdict);

/* Refuses with the code, "y.z" of its status, and a text that names the subject. */
enum access_decision access_refuse(const struct access_request *request, enum access_subject subject,
                                   int code, const char *status, struct str text, struct verdict *verdict);

/* What the right side of an access table says: OK, a number or PERMIT; REJECT, DEFER, 4NN or 5NN with a text;
 * DUNNO; WARN or INFO with a text for the log. What else it says is 451 4.3.5. */
enum access_decision access_act(const struct access_request *request, struct str action,
                                enum access_subject subject, struct verdict *verdict);
/* Asks the tables of a check_..._access. */
enum access_decision access_look_up_client(const struct access_request *request, struct maps *maps,
                                           struct verdict *verdict);
enum access_decision access_look_up_helo(const struct access_request *request, struct maps *maps,
                                         struct verdict *verdict);
enum access_decision access_look_up_sender(const struct access_request *request, struct maps *maps,
                                           struct verdict *verdict);
enum access_decision access_look_up_recipient(const struct access_request *request, struct maps *maps,
                                              struct verdict *verdict);

/* All that decides about a recipient: with smtpd_delay_reject the lists of the earlier stages, which are
 * asked only now, where a client may have authenticated and another hello have made the first one forgotten;
 * then relaying, recipients, and whether there is such a one. False with *verdict. */
bool access_decide_rcpt(const struct access_request *request, struct verdict *verdict);

/* reject_unlisted_recipient: false with the class's reject code (or 4yz when a table cannot be asked) for a
 * recipient that does not exist. */
bool access_recipient_listed(const struct access_request *request, struct verdict *verdict);

#endif
