/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A borrowed run of octets: pointer and length. Every parser of the house reads `struct str`; nothing that
 * came from outside is ever treated as NUL-terminated. A `struct str` never owns memory: its bytes live in a
 * buffer, an arena or the program text, and the contract of whoever hands it out says for how long.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *at; /* may be NULL when len is 0 */
    size_t len;     /* octets */
};

/* STR("text") makes a constant expression of a string literal. */
#define STR(literal) ((struct str){"" literal "", sizeof(literal) - 1})
/* STR_INIT("text") is the same for static initialisers. */
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        "" literal "", sizeof(literal) - 1                                                                   \
    }
/* STR_FMT and STR_ARG(s) print a str with printf: printf("<" STR_FMT ">", STR_ARG(s)). */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).len ? (s).at : ""

/* The octets of a NUL-terminated string, without the NUL; NULL gives the empty string. */
struct str str_of(const char *text);
struct str str_make(const void *at, size_t len);

bool str_eq(struct str a, struct str b);
/* ASCII letters compare without case; all other octets exactly. */
bool str_eq_nocase(struct str a, struct str b);
/* Order of octets, as memcmp; a prefix sorts before what it begins. */
int str_compare(struct str a, struct str b);
/* The same with ASCII letters folded to lower case. */
int str_compare_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_ends_nocase(struct str s, struct str suffix);

/* Index of the first (last) octet c, or SIZE_MAX when there is none. */
size_t str_find(struct str s, char c);
size_t str_find_last(struct str s, char c);
/* Index of the first occurrence of needle, or SIZE_MAX; an empty needle is found at 0. */
size_t str_find_str(struct str s, struct str needle);
bool str_contains(struct str s, char c);

/* From octet `from` on; from `from` at most `len` octets. Both are clipped to what is there. */
struct str str_from(struct str s, size_t from);
struct str str_sub(struct str s, size_t from, size_t len);

/* Removes spaces, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);
/* Without one CRLF, LF or CR at its end. */
struct str str_without_line_end(struct str s);

/* Cuts the part before the first c off *rest (the c itself goes too); false when *rest was exhausted. An
 * exhausted rest has at == NULL, so "a," yields "a" and "". */
bool str_cut(struct str *rest, char c, struct str *part);
/* Cuts the next part between any octets of `separators` (runs count as one, leading ones are skipped);
 * false when nothing is left. */
bool str_word(struct str *rest, const char *separators, struct str *part);
/* Is the word, in any case of letters, in a list with blanks between? */
bool str_has_word(struct str list, struct str word);

/* Decimal digits only, all of them, no sign, no blanks; false on anything else and on overflow. */
bool str_to_u64(struct str s, uint64_t *value);
/* The same, with an optional leading '-'. */
bool str_to_i64(struct str s, int64_t *value);
/* Hexadecimal digits only. */
bool str_hex_to_u64(struct str s, uint64_t *value);

/* 64-bit FNV-1a: for tables whose keys an outsider cannot choose. Tables keyed by outside data use
 * base/hash.h, which is seeded. */
uint64_t str_fnv(struct str s);

/* ASCII only, never the locale. */
bool char_is_digit(char c);
bool char_is_alpha(char c);
bool char_is_alnum(char c);
bool char_is_space(char c); /* SP, TAB, CR, LF, VT, FF */
bool char_is_print(char c); /* 0x20..0x7e */
char char_lower(char c);
char char_upper(char c);

#endif
