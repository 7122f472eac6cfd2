/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of PAM's interface that we use, as X/Open's XSSO (1997) and libpam.so.0 define it. The library is
 * loaded at run time, and only when auth_backends names pam, so nobody needs it for a mail system without
 * system users.
 */
#ifndef AUTH_PAM_INTERFACE_H
#define AUTH_PAM_INTERFACE_H

struct pam_handle;

struct pam_message {
    int style; /* enum pam_style */
    const char *text;
};
struct pam_response {
    char *text; /* malloc'd; the module frees it */
    int unused;
};
struct pam_conversation {
    int (*talk)(int count, const struct pam_message **messages, struct pam_response **responses,
                void *context);
    void *context;
};

enum pam_style { PAM_STYLE_ECHO_OFF = 1, PAM_STYLE_ECHO_ON = 2 };
enum pam_number {
    PAM_ANSWER_SUCCESS = 0,
    PAM_ANSWER_AUTH_ERR = 7,
    PAM_ANSWER_USER_UNKNOWN = 10,
    PAM_ANSWER_MAXTRIES = 11,
    PAM_ANSWER_NEW_AUTHTOK_REQD = 12,
    PAM_ANSWER_ACCT_EXPIRED = 13,
    PAM_ANSWER_PERM_DENIED = 6,
    PAM_ANSWER_CONV_ERR = 19,
};
enum { PAM_FLAG_SILENT = 0x8000, PAM_ITEM_FAIL_DELAY = 10 };

typedef int pam_start_fn(const char *service, const char *user, const struct pam_conversation *conversation,
                         struct pam_handle **handle);
typedef int pam_set_item_fn(struct pam_handle *handle, int item, const void *value);
typedef int pam_step_fn(struct pam_handle *handle, int flags);

#endif
