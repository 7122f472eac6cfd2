/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sandbox finds on disk before it starts: directories, configuration, DNS data. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/listen.h"
#include "tools/master_process.h"
#include "tools/sandbox.h"

const struct sandbox_port sandbox_ports[] = {
    {"SMTP_PORT", 25, "220 "}, {"SUBMISSION_PORT", 587, "220 "}, {"SUBMISSIONS_PORT", 465, NULL},
    {"LMTP_PORT", 24, "220 "}, {"IMAP_PORT", 143, "* OK"},       {"IMAPS_PORT", 993, NULL},
    {"POP3_PORT", 110, "+OK"}, {"POP3S_PORT", 995, NULL},
};
const size_t sandbox_port_count = sizeof sandbox_ports / sizeof sandbox_ports[0];

uint16_t sandbox_port(const struct sandbox *sandbox, const char *variable)
{
    for (size_t i = 0; i < sandbox_port_count; i++)
        if (strcmp(sandbox_ports[i].variable, variable) == 0)
            return (uint16_t)(sandbox->base_port + sandbox_ports[i].offset);
    return 0;
}

const char *sandbox_path(const struct sandbox *sandbox, const char *name)
{
    return arena_printf(sandbox->arena, "%s/%s", sandbox->directory, name).at;
}

/* --- directories --- */

/* As root the programs' users must be able to walk down to it. */
static bool check_reachable(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct str rest = str_of(sandbox->directory + 1), part;
    struct stat st;
    while (geteuid() == 0 && str_cut(&rest, '/', &part)) {
        const char *above = arena_cstr(
            sandbox->arena, str_make(sandbox->directory, (size_t)(part.at + part.len - sandbox->directory)));
        if (rest.at && stat(above, &st) == 0 && !(st.st_mode & S_IXOTH))
            return verdict_set(
                verdict, 550, "3.5",
                "%s is closed to the users that the programs run as: take a directory elsewhere", above);
    }
    return true;
}

static bool make_directory(const struct sandbox *sandbox, const char *name, mode_t mode,
                           struct verdict *verdict)
{
    const char *path = name[0] ? sandbox_path(sandbox, name) : sandbox->directory;
    if (!file_make_dirs(path, mode) || chmod(path, mode) != 0)
        return verdict_system(verdict, path, errno);
    return true;
}

static bool make_directories(const struct sandbox *sandbox, struct verdict *verdict)
{
    mode_t open = geteuid() == 0 ? 0755 : 0700;
    return check_reachable(sandbox, verdict) && make_directory(sandbox, "", open, verdict) &&
           make_directory(sandbox, "etc", open, verdict) && make_directory(sandbox, "queue", open, verdict) &&
           make_directory(sandbox, "data", open, verdict) && make_directory(sandbox, "mail", 0700, verdict) &&
           make_directory(sandbox, "log", open, verdict) && make_directory(sandbox, "tls", open, verdict);
}

static bool write_text(const struct sandbox *sandbox, const char *name, const struct buf *text,
                       struct verdict *verdict)
{
    const char *path = sandbox_path(sandbox, name);
    if (text->over)
        return verdict_set(verdict, 550, "3.4", "%s would be too large", path);
    return file_replace(AT_FDCWD, path, buf_str(text), 0644) || verdict_system(verdict, path, errno);
}

/* --- main.cf --- */

struct main_cf {
    const struct sandbox *sandbox;
    struct buf text;
};

static bool is_overridden(const struct sandbox *sandbox, struct str name)
{
    for (size_t i = 0; i < sandbox->setting_count; i++) {
        struct str rest = sandbox->settings[i], given;
        if (str_cut(&rest, '=', &given) && str_eq(str_trim(given), name))
            return true;
    }
    return false;
}

static void set(struct main_cf *main_cf, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void set(struct main_cf *main_cf, const char *name, const char *format, ...)
{
    va_list args;
    if (is_overridden(main_cf->sandbox, str_of(name)))
        return;
    buf_printf(&main_cf->text, "%s = ", name);
    va_start(args, format);
    buf_vprintf(&main_cf->text, format, args);
    va_end(args);
    buf_add_char(&main_cf->text, '\n');
}

/* The first user takes what is for postmaster, unless there is one of that name. */
static void set_postmaster(struct main_cf *main_cf)
{
    const struct sandbox *sandbox = main_cf->sandbox;
    struct str domain = sandbox->domains[0];
    struct str postmaster = arena_printf(sandbox->arena, "postmaster@" STR_FMT, STR_ARG(domain));
    for (size_t i = 0; i < sandbox->account_count; i++)
        if (str_eq_nocase(sandbox->accounts[i].name, postmaster))
            return;
    struct str first = sandbox->account_count
                           ? sandbox->accounts[0].name
                           : arena_printf(sandbox->arena, "user1@" STR_FMT, STR_ARG(domain));
    if (sandbox->account_count || sandbox->numbered_users)
        set(main_cf, "virtual_alias_maps", "inline:{ { " STR_FMT " = " STR_FMT " } }", STR_ARG(postmaster),
            STR_ARG(first));
}

static void set_identity(struct main_cf *main_cf)
{
    const struct sandbox *sandbox = main_cf->sandbox;
    struct buf domains;
    buf_init(&domains, SANDBOX_FILE_LIMIT);
    for (size_t i = 0; i < sandbox->domain_count; i++)
        buf_printf(&domains, "%s" STR_FMT, i ? "\n  " : "", STR_ARG(sandbox->domains[i]));
    set(main_cf, "myhostname", "mail." STR_FMT, STR_ARG(sandbox->domains[0]));
    set(main_cf, "mydomain", STR_FMT, STR_ARG(sandbox->domains[0]));
    set(main_cf, "myorigin", "$mydomain");
    set(main_cf, "mydestination", "%s", "");
    set(main_cf, "mynetworks", "%s", "");
    set(main_cf, "alias_maps", "%s", "");
    set(main_cf, "alias_database", "%s", "");
    set(main_cf, "virtual_mailbox_domains", "%s", buf_cstr(&domains));
    set(main_cf, "virtual_mailbox_maps", "lmdb:%s/data/mailboxes", sandbox->directory);
    set(main_cf, "recipient_delimiter", "+");
    set_postmaster(main_cf);
    buf_finish(&domains);
}

static void set_places(struct main_cf *main_cf)
{
    const struct sandbox *sandbox = main_cf->sandbox;
    const char *top = sandbox->directory;
    bool v6 = strchr(sandbox->host, ':') != NULL;
    set(main_cf, "inet_interfaces", "%s", sandbox->host);
    set(main_cf, "inet_protocols", "%s", v6 ? "ipv6" : "ipv4");
    set(main_cf, v6 ? "smtp_bind_address6" : "smtp_bind_address", "%s", sandbox->host);
    set(main_cf, "smtp_tcp_port", "%u", (unsigned)sandbox_port(sandbox, "SMTP_PORT"));
    set(main_cf, "lmtp_tcp_port", "%u", (unsigned)sandbox_port(sandbox, "LMTP_PORT"));
    set(main_cf, "resolver_zone_file", "%s/data/zone", top);
    set(main_cf, "daemon_directory", "%s", programs_directory(sandbox->arena));
    set(main_cf, "queue_directory", "%s/queue", top);
    set(main_cf, "data_directory", "%s/data", top);
    set(main_cf, "mail_base", "%s/mail", top);
    set(main_cf, "maillog_file", "%s/log/mail.log", top);
}

static void set_security(struct main_cf *main_cf)
{
    const char *top = main_cf->sandbox->directory;
    set(main_cf, "smtpd_tls_cert_file", "%s/tls/cert.pem", top);
    set(main_cf, "smtpd_tls_key_file", "%s/tls/key.pem", top);
    set(main_cf, "smtpd_tls_security_level", "may");
    set(main_cf, "smtp_tls_security_level", "may");
    buf_add_text(&main_cf->text, "# Hashes that cost little: this is no place for real passwords.\n");
    set(main_cf, "auth_argon2_memory", "64");
    set(main_cf, "auth_argon2_passes", "1");
    set(main_cf, "auth_scram_iterations", "4096");
}

static bool write_main_cf(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct main_cf main_cf = {.sandbox = sandbox};
    buf_init(&main_cf.text, SANDBOX_FILE_LIMIT);
    buf_add_text(&main_cf.text,
                 "# Made by relais sandbox start, which writes it anew when it is given options.\n");
    set_identity(&main_cf);
    set_places(&main_cf);
    set_security(&main_cf);
    for (size_t i = 0; i < sandbox->setting_count; i++) {
        struct str value = sandbox->settings[i], name = {0};
        str_cut(&value, '=', &name);
        buf_printf(&main_cf.text, STR_FMT " = " STR_FMT "\n", STR_ARG(str_trim(name)),
                   STR_ARG(str_trim(value)));
    }
    bool good = write_text(sandbox, "etc/main.cf", &main_cf.text, verdict);
    buf_finish(&main_cf.text);
    return good;
}

/* --- master.cf --- */

static const char inner_services[] = "sendmail unix n - n - - smtpd\n"
                                     "pickup   unix n - n 60 1 pickup\n"
                                     "showq    unix n - n - 1 showq\n"
                                     "qmgr     unix - - n - 1 qmgr\n"
                                     "smtp     unix - - n - - smtp\n"
                                     "relay    unix - - n - - smtp\n"
                                     "lmtp     unix - - n - - smtp\n"
                                     "local    unix - - n - - local\n"
                                     "virtual  unix - - n - - local\n"
                                     "bounce   unix - - n - - bounce\n"
                                     "auth     unix - - n - - auth\n"
                                     "resolver unix - - n - 1 resolver\n"
                                     "imapd    unix - - n - - imapd\n"
                                     "pop3d    unix - - n - - pop3d\n"
                                     "agent    unix - - n - - agent\n";

static void add_server(const struct sandbox *sandbox, struct buf *text, const char *variable,
                       const char *rest)
{
    bool v6 = strchr(sandbox->host, ':') != NULL;
    buf_printf(text, "%s%s%s:%u inet n - n - - %s\n", v6 ? "[" : "", sandbox->host, v6 ? "]" : "",
               (unsigned)sandbox_port(sandbox, variable), rest);
}

#define SUBMISSION_TERMS                                                                                     \
    "  -o smtpd_sasl_auth_enable=yes\n"                                                                      \
    "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"

static bool write_master_cf(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct buf text;
    buf_init(&text, SANDBOX_FILE_LIMIT);
    buf_add_text(&text, "# service type private unpriv chroot wakeup maxproc command\n");
    add_server(sandbox, &text, "SMTP_PORT", "smtpd");
    add_server(sandbox, &text, "SUBMISSION_PORT",
               "smtpd\n  -o syslog_name=relais/submission\n  -o "
               "smtpd_tls_security_level=encrypt\n" SUBMISSION_TERMS);
    add_server(
        sandbox, &text, "SUBMISSIONS_PORT",
        "smtpd\n  -o syslog_name=relais/submissions\n  -o smtpd_tls_wrappermode=yes\n" SUBMISSION_TERMS);
    add_server(sandbox, &text, "LMTP_PORT", "smtpd\n  -o syslog_name=relais/lmtp\n  -o smtpd_protocol=lmtp");
    add_server(sandbox, &text, "IMAP_PORT", "login\n  -o login_protocol=imap");
    add_server(sandbox, &text, "IMAPS_PORT", "login\n  -o login_protocol=imaps");
    add_server(sandbox, &text, "POP3_PORT", "login\n  -o login_protocol=pop3");
    add_server(sandbox, &text, "POP3S_PORT", "login\n  -o login_protocol=pop3s");
    buf_add_text(&text, inner_services);
    bool good = write_text(sandbox, "etc/master.cf", &text, verdict);
    buf_finish(&text);
    return good;
}

/* --- DNS data --- */

static void add_zone_of(const struct sandbox *sandbox, struct str domain, struct buf *text)
{
    const char *type = strchr(sandbox->host, ':') ? "AAAA" : "A";
    buf_printf(text, STR_FMT ". 3600 IN MX 10 mail." STR_FMT ".\n", STR_ARG(domain), STR_ARG(domain));
    buf_printf(text, STR_FMT ". 3600 IN %s %s\n", STR_ARG(domain), type, sandbox->host);
    buf_printf(text, "mail." STR_FMT ". 3600 IN %s %s\n", STR_ARG(domain), type, sandbox->host);
}

static void add_pointer(const struct sandbox *sandbox, struct buf *text)
{
    struct address address;
    if (!address_from_ip(str_of(sandbox->host), 0, &address) || address.storage.ss_family != AF_INET)
        return;
    const unsigned char *octets =
        (const unsigned char *)&((const struct sockaddr_in *)(const void *)&address.storage)->sin_addr;
    buf_printf(text, "%u.%u.%u.%u.in-addr.arpa. 3600 IN PTR mail." STR_FMT ".\n", octets[3], octets[2],
               octets[1], octets[0], STR_ARG(sandbox->domains[0]));
}

static bool write_zone(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct buf text;
    bool good = true;
    buf_init(&text, SANDBOX_FILE_LIMIT);
    if (sandbox->zone_file) {
        good = file_read_whole(AT_FDCWD, sandbox->zone_file, &text) ||
               verdict_system(verdict, sandbox->zone_file, errno);
    } else {
        for (size_t i = 0; i < sandbox->domain_count; i++)
            add_zone_of(sandbox, sandbox->domains[i], &text);
        add_pointer(sandbox, &text);
    }
    good = good && write_text(sandbox, "data/zone", &text, verdict);
    buf_finish(&text);
    return good;
}

/* --- what env prints --- */

static void add_variable(struct buf *text, const char *name, const char *value)
{
    buf_printf(text, "%s='", name);
    for (const char *c = value; *c; c++)
        if (*c == '\'')
            buf_add_text(text, "'\\''");
        else
            buf_add_char(text, *c);
    buf_add_text(text, "'\n");
}

static bool write_variables(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct buf text;
    buf_init(&text, SANDBOX_FILE_LIMIT);
    add_variable(&text, "HOST", sandbox->host);
    for (size_t i = 0; i < sandbox_port_count; i++)
        buf_printf(&text, "%s=%u\n", sandbox_ports[i].variable,
                   (unsigned)(uint16_t)(sandbox->base_port + sandbox_ports[i].offset));
    add_variable(&text, "CERT", sandbox_path(sandbox, "tls/cert.pem"));
    add_variable(&text, "CONFIG_DIR", sandbox_path(sandbox, "etc"));
    add_variable(&text, "QUEUE_DIR", sandbox_path(sandbox, "queue"));
    add_variable(&text, "MAIL_BASE", sandbox_path(sandbox, "mail"));
    add_variable(&text, "LOG", sandbox_path(sandbox, "log/mail.log"));
    bool good = write_text(sandbox, "sandbox.env", &text, verdict);
    buf_finish(&text);
    return good;
}

/* The variables first: they are what tells a sandbox from a directory that is somebody's. */
bool sandbox_write_files(const struct sandbox *sandbox, struct verdict *verdict)
{
    return make_directories(sandbox, verdict) && write_variables(sandbox, verdict) &&
           write_main_cf(sandbox, verdict) && write_master_cf(sandbox, verdict) &&
           write_zone(sandbox, verdict);
}
