/* SPDX-License-Identifier: BSD-2-Clause */
/* relais conf: what its parts share. cmd_conf.c reads the command line, conf_main.c is main.cf, conf_master.c
 * master.cf. */
#ifndef TOOLS_CONF_VIEW_H
#define TOOLS_CONF_VIEW_H

#include "tools/configuration.h"

enum conf_action { CONF_SHOW, CONF_SET, CONF_COMMENT, CONF_REMOVE };
enum conf_subject { CONF_PARAMETERS, CONF_SERVICES, CONF_FIELDS, CONF_OVERRIDES, CONF_MAP_TYPES, CONF_LOCKS };
enum conf_class { CONF_BUILTIN = 1, CONF_SERVICE = 2, CONF_USER = 4, CONF_ALL = 7 };

struct conf_view {
    const char *name; /* what we were called by */
    const char *directory;
    bool named; /* the directory, by -c or MAIL_CONFIG: then -n shows it too, as postconf does */
    struct arena *arena;
    struct conf *conf;
    struct complaints complaints;
    enum conf_action action;
    enum conf_subject subject;
    unsigned classes; /* of names to show; 0: as the rest says */
    bool only_set;    /* -n */
    bool defaults;    /* -d */
    bool expanded;    /* -x */
    bool no_name;     /* -h */
    bool no_value;    /* -H */
    bool folded;      /* -f */
    bool json;        /* -j */
    bool quiet;       /* -q */
    char **words;     /* what stands behind the options */
    size_t word_count;
};

/* Print to standard output; false when something that was asked for is not there. */
bool conf_main_show(struct conf_view *view);
bool conf_master_show(struct conf_view *view);
/* Change main.cf or master.cf; false with a message. */
bool conf_main_edit(struct conf_view *view);
bool conf_master_edit(struct conf_view *view);

/* "name = value", as the options say. */
void conf_print(const struct conf_view *view, struct str name, struct str value);
/* One line with single blanks, folded when asked to. */
void conf_print_folded(const struct conf_view *view, struct str text);
/* The directory's file, read and replaced as a whole. */
bool conf_file_read(const struct conf_view *view, const char *file, struct buf *text);
bool conf_file_write(const struct conf_view *view, const char *file, const struct buf *text);
void conf_say(const struct conf_view *view, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
