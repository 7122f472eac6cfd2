/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue's owner: what it knows. One process, one loop; every function here runs on a task of it, so
 * nothing is locked. A message is in memory while it is worked on (struct message) and is a few octets while
 * it waits (struct waiting); the directory is the truth, all else can be made again from it.
 *
 *     intake note or listing -> message_activate -> nexthops -> site -> turns -> channel -> outcome
 *                                      ^                                                       |
 *                                      +------ waiting (heap by time) <------ message_settle <-+
 */
#ifndef QMGR_MANAGER_H
#define QMGR_MANAGER_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/heap.h"
#include "conf/params.h"
#include "io/boot.h"
#include "io/log.h"
#include "io/task.h"
#include "mail/dsn.h"
#include "mail/queuefile.h"
#include "mail/queueid.h"
#include "qmgr/params.h"
#include "route/router.h"
#include "worker/metrics.h"

struct line;
struct manager;
struct nexthops;
struct share;
struct site;
struct transport;
struct queue_index;
struct removal;
struct address;
struct run;

/* Where a recipient stands. */
enum rcpt_state {
    RCPT_PENDING, /* to be tried in this attempt */
    RCPT_QUEUED,  /* in a job */
    RCPT_LATER,   /* failed for now */
    RCPT_FAILED,  /* failed for good; the sender has not been told */
    RCPT_DONE,    /* delivered, or failed and reported */
};

struct queue_rcpt {
    struct recipient rcpt;
    enum rcpt_state state;
    bool report_success; /* delivered, and the sender asked to hear of it (RFC 3461 4.1 SUCCESS) */
    bool recorded;       /* what `last` says is in the file */
    bool syncing;        /* its copy was there when a sync of the mailboxes began */
    struct outcome last; /* texts in the message's arena; class 0: none yet */
};

/* A message that is worked on. */
struct message {
    struct queue_id id;
    struct share *share; /* of the active messages */
    struct arena *arena; /* owned; everything below lies in it */
    struct envelope envelope;
    uint64_t envelope_size, size, message_at;
    uint64_t append_at;     /* next record */
    int64_t next_us;        /* not to be tried before, as the file says; 0: at once */
    uint64_t line, journal; /* who told of it, and the serial of its journal segment; 0: none */
    bool torn;
    struct queue_rcpt *rcpts;
    size_t rcpt_count, rcpt_room;
    unsigned attempts;
    unsigned jobs;     /* queued or in flight */
    unsigned reports;  /* reports being written */
    int64_t active_us; /* when this attempt began */
    bool unsynced;     /* some mailbox copy is not known to be durable */
    bool syncing;      /* waits for a sync of the mailboxes */
    bool spoilt;       /* such a sync failed: what is not written down is done again */
    struct message *next_syncing;
    bool indexed;       /* the index may have it */
    bool held, doomed;  /* doomed: to be removed or returned on request */
    bool warned;        /* a delay warning was sent */
    bool report_failed; /* in this attempt: wait before the next */
    bool settling;      /* message_settle is on the stack */
};

/* A message that waits: all that is kept of it. */
struct waiting {
    struct heap_node node;
    struct queue_id id;
    int64_t due_us;                  /* INT64_MAX: on hold */
    bool unread;                     /* due to be read: only the file says when it is to be tried */
    bool indexed;                    /* the index may have it */
    struct share *share;             /* in whose line it stands, instead of in the heap; or NULL */
    struct waiting *next, *previous; /* there */
};

/* Of an id whose file is just being read or written. */
struct reservation {
    bool told; /* a note says that it is whole now */
};

/* Some recipients of one message that go to one next hop together. */
struct job {
    struct job *next;
    struct message *message;
    struct transport *transport;
    struct str nexthop;   /* in the message's arena */
    struct site *site;    /* NULL until it is known which hosts take mail for the next hop */
    struct str sender;    /* recipient.sender of all of them; in the message's arena */
    uint32_t *rcpts;      /* owned: indexes */
    size_t count, octets; /* octets: about what its recipients take in a request */
    uint64_t request;
};

/* Tenants and their shares of the active messages (crowd.h). */
struct crowd {
    struct hash *shares; /* name -> struct share */
    struct share *ring, *ring_last;
};

struct manager {
    struct run *run;
    struct loop *loop;
    struct log *log;
    struct metrics *metrics; /* may be NULL */
    const struct conf_params *conf;
    const struct qmgr_params *params;
    struct router *router;       /* owned */
    int directory;               /* of the queue files, open for reading */
    int mail;                    /* directory of the mailboxes, for syncfs; -1: there is none */
    struct queue_id_maker ids;   /* for reports */
    struct hash *messages;       /* id -> struct message */
    struct hash *waiting;        /* id -> struct waiting */
    struct hash *reserved;       /* id -> struct reservation: its file is just being read or written */
    struct hash *leaving;        /* id -> finished, and not yet to be forgotten (removal.c) */
    struct heap *due;            /* of struct waiting, by due_us */
    struct str second_recipient; /* who is told of undeliverable notifications; empty: nobody */
    struct gate due_changed, sweep_now, pace_changed;
    size_t sites_limit;                  /* so many, and idle ones are forgotten */
    struct hash *sites;                  /* "transport\tname" -> struct site */
    struct hash *transports;             /* name -> struct transport */
    struct heap *resting;                /* of struct site, by when they go on */
    struct site *failing, *failing_last; /* whose jobs are being put off */
    struct nexthops *nexthops;           /* owned */
    struct removal *removal;             /* owned */
    struct queue_index *index; /* owned; NULL when it cannot be had: then listings are slower, nothing else */
    size_t active;
    struct crowd crowd;
    struct thread_pool *disk; /* owned: reading and syncing files */
    int64_t began_us;         /* when this process did */
    size_t reports;           /* being written */
    struct gate quiet;        /* woken when less is under way */

    char boot[BOOT_ID_LENGTH + 1]; /* this start of the machine */
    struct gate listing_done;      /* woken when the queue was listed for the first time */
    bool listed;                   /* it was */
    bool one_file_system;          /* queue files and mailboxes are on one */
    struct line *lines;            /* of ways in, whose journals are trusted */
    uint64_t lines_count;          /* that ever were */
    bool ending;
};

/* An envelope in a note is believed only while it is so young; after that the file is asked. */
enum { NOTE_BELIEVED_MS = 2000 };

/* --- message.c: from file or envelope to memory and back --- */

/* From what the intake said; the file is not read. NULL when it does not decode. */
struct message *message_from_envelope(struct str id, uint64_t size, struct str envelope);
/* Reads the queue file with all records, on a disk thread; the id is known meanwhile, so that nobody else
 * takes the message up. NULL when it cannot be used; it is then moved to damaged/, logged, or left when it
 * may still be in the making. */
struct message *message_load(struct manager *manager, const struct queue_id *id);
void message_free(struct message *message);
/* Copies an outcome's texts into the message. */
void message_note_outcome(struct message *message, struct queue_rcpt *rcpt, const struct outcome *outcome);
/* Adds the recipients that an outcome puts in the place of the one it is about, or beside it; numbers go on
 * from those there are. Who gets the message already is not added again. Where they are several, one more
 * stands for the report that says so (RFC 3461 5.2.7.3). */
void message_add_recipients(struct message *message, const struct outcome *outcome);
/* The reverse-path of a recipient's copy. */
struct str message_sender_for(const struct message *message, const struct recipient *rcpt);
/* Appends a record to the file. False with errno. */
bool message_append(struct manager *manager, struct message *message, const struct queue_record *record);
int64_t message_age_us(const struct message *message, int64_t now_us);

/* --- attempt.c: one attempt at a message, from routing to what comes of it --- */

/* Takes a message that is not yet known; frees it when it is. */
void message_accept(struct manager *manager, struct message *message);
/* It is no longer worked on. */
void message_leave(struct manager *manager, const struct message *message);
/* Routes all pending recipients and queues jobs. */
void message_activate(struct manager *manager, struct message *message);
/* Some outcomes of a job are in; there will be more. */
void job_note(struct manager *manager, struct job *job, const struct outcome *outcomes, size_t count);
/* The last outcomes of a job are in; frees the job. */
void job_finish(struct manager *manager, struct job *job, const struct outcome *outcomes, size_t count);
/* Gives a verdict to all recipients of a job that have none, for it was not tried or its end is not known;
 * frees the job. */
void job_fail(struct manager *manager, struct job *job, const struct verdict *verdict);
/* When nothing of a message is under way: reports, removes, or puts to wait. */
void message_settle(struct manager *manager, struct message *message);
/* The wait for a sync is over: writes down what there is to write, and settles the message if it can be. */
void message_go_on(struct manager *manager, struct message *message);
/* Lets a message wait until due_us (INT64_MAX: on hold), out of memory. */
void message_park(struct manager *manager, struct message *message, int64_t due_us);
/* Lets one that is due wait until others of its tenant have left (crowd.h). */
void message_park_in_line(struct manager *manager, struct message *message);
/* Puts a waiting message to another time. */
void waiting_move(struct manager *manager, struct waiting *waiting, int64_t due_us);
/* Takes up what is due; runs for the life of the process. */
void waiting_task(void *manager);
struct waiting *waiting_add(struct manager *manager, const struct queue_id *id, int64_t due_us);
/* The same for one that was found: the index or the file says when it is due. False: the file. */
bool waiting_add_found(struct manager *manager, const struct queue_id *id);
/* When one that waited is due, now that its file was read. */
int64_t waiting_due_us(const struct manager *manager, const struct waiting *was,
                       const struct message *message);
void waiting_remove(struct manager *manager, struct waiting *waiting);

/* --- report.c: delivery status notifications --- */

/* Sends what reports the message owes; true when some are being written (message_settle is called again
 * after). */
bool message_report(struct manager *manager, struct message *message);

/* --- copies.c: what is in our mailboxes, and not yet known to be durable --- */

/* Whether the message has such copies and thus waits for a sync; message_go_on is called after. */
bool copies_await_sync(struct manager *manager, struct message *message);
/* Those that are there now are durable when the sync that begins now is done. */
void copies_begin_sync(struct message *message);
void copies_end_sync(struct manager *manager, struct message *message, bool synced);

/* --- removal.c --- */

/* The message is finished: its file goes, after a group sync when a copy is unsynced. Frees the message. */
void message_remove(struct manager *manager, struct message *message);
/* The message takes part in the next group's sync and stays. False when no group will be any more. */
bool removal_sync(struct manager *manager, struct message *message);
/* A record was appended to some file: it is synced within a second. */
void removal_note_record(struct manager *manager);
bool removal_create(struct manager *manager, struct verdict *verdict);
/* Syncs and removes what waits, and ends when that is done; files of what is finished later are left to the
 * next qmgr. Only in tasks. */
void removal_close(struct manager *manager);

/* Known in any way: worked on, waiting, being read or written, leaving, or just gone. What is known is not
 * taken up a second time. An id stays known for NOTE_BELIEVED_MS after its file is gone, so that a note that
 * comes late (of a message that was found by listing) is either of a known one or too old to be believed. */
bool manager_knows(const struct manager *manager, struct str id);

/* --- scan.c: the directory is the truth --- */

/* Whose files may be looked at: a slot's, whose process is gone; those too old to be in the making; at the
 * start, all. */
enum { SCAN_OLD = -1, SCAN_ALL = -2 };
/* Looks after commit journals, lists the directory and takes up what is not known. */
void queue_scan(struct manager *manager, int64_t slot);
/* Scans at the start and every queue_run_delay, for the life of the process. */
void sweep_task(void *manager);
/* Moves a file that does not check out of the way. */
void queue_set_aside(struct manager *manager, const char *name, const char *why);

/* --- recover.c --- */

/* Looks after commit journals that nobody writes to any more: makes again what a power cut took, and removes
 * them. To be called before the directory is scanned. False when some of a slot's (SCAN_ALL: of none) are
 * still written to. */
bool journals_recover(struct manager *manager, int64_t slot);

/* --- line.c: who talks to us --- */

/* Whether its way in keeps it in a commit journal, and its next checkpoint covers what was written by now:
 * then its file may go though a mailbox copy is not known to be durable. */
bool message_is_in_journal(const struct manager *manager, const struct message *message);
/* The way in with this slot is gone, or about to go: nothing is left to its checkpoints any more. */
void lines_distrust(struct manager *manager, uint32_t slot);
void manager_serve(struct run *run, int fd, const struct address *peer);

int64_t now_us(void);

#endif
