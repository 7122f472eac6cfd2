/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pickup takes in what sendmail(1) left in drop_directory while nobody took its message. Each message is
 * taken exactly once, wherever pickup is killed, for each step is a single change of a name:
 *
 *     drop/NAME                     left by sendmail, synced
 *     drop/NAME  taken/ID           being copied: what is found so is removed, and copied anew
 *     drop/NAME  taken/ID.NAME      copied and synced: what is found so goes on from here
 *                taken/ID.NAME      the original is gone
 *     queue/ID                      qmgr's
 *
 * qmgr sees nothing of a message before the last step, so none can be sent and then be taken once more. The
 * names in taken/ are synced before drop/NAME is removed, and that before queue/ID is there.
 */
#ifndef PICKUP_PICKUP_H
#define PICKUP_PICKUP_H

#include "conf/params.h"
#include "intake/intake.h"
#include "io/log.h"
#include "io/task.h"
#include "mail/drop.h"
#include "mail/queueid.h"
#include "map/match.h"
#include "pickup/params.h"
#include "route/router.h"

struct hash;
struct metrics;

struct pickup {
    const struct pickup_params *params;
    const struct conf_params *conf;
    struct log *log;
    struct metrics *metrics;
    struct router *router;         /* owned */
    struct match_list *submitters; /* owned: authorized_submit_users */
    struct intake *intake;         /* owned; its directory is taken_directory */
    struct queue_id_maker ids;
    int drop, taken, queue; /* the directories */
    bool queue_is_ours;     /* a user's instance: qmgr is the same user */
    int hard_links;         /* /proc/sys/fs/protected_hardlinks; -1: is not there */
    bool refused_before;    /* that it is off was said */
    struct hash *stuck;     /* owned: names of what can be neither taken nor removed, each said once */
    struct gate wake;       /* to look now */
    bool unfinished;        /* something waits in taken/: to be tried again soon */
    bool asked;             /* somebody wants that, since the last look began */
};

/* take.c */
enum take_result {
    TAKE_DONE,
    TAKE_LATER,   /* *verdict says why; nothing has changed */
    TAKE_REFUSED, /* it will never be taken */
};
/* Takes a message in: of the file what is the sender's to say, checked; the rest is ours. */
enum take_result take_in(struct pickup *pickup, const char *name, const struct drop_file *file,
                         struct arena *arena, struct verdict *verdict);
/* Removes what was being copied, and goes on with what was copied, when pickup ended or the disk failed.
 * False when some of it still waits, or may: then nothing must be taken, for it could be the same. */
bool take_finish_all(struct pickup *pickup);

/* scan.c */
/* Whether this kernel lets nobody make a link to another's file: without that, who owns a file does not say
 * who put it there. descriptor: of the setting. */
bool scan_hard_links_are_kept(int descriptor);
/* Looks at all that is there, once. */
void scan_drop(struct pickup *pickup);

#endif
