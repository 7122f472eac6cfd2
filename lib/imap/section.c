/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections: parse and print. */
#include "imap/section.h"

#include "imap/quote.h"

static const struct section_name {
    const char *name;
    enum imap_section_text text;
    bool needs_part;
} section_names[] = {
    {"HEADER", IMAP_SECTION_HEADER, false},
    {"HEADER.FIELDS", IMAP_SECTION_FIELDS_ONLY, false},
    {"HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT, false},
    {"TEXT", IMAP_SECTION_TEXT, false},
    {"MIME", IMAP_SECTION_MIME, true},
};
enum { SECTION_NAMES = sizeof section_names / sizeof section_names[0] };

static bool lex_fields(struct imap_lexer *lexer, struct imap_section *section)
{
    section->fields = arena_array(lexer->arena, IMAP_SECTION_FIELDS, sizeof section->fields[0]);
    if (!imap_lex_space(lexer) || !imap_lex_char(lexer, '('))
        return false;
    do {
        if (section->field_count == IMAP_SECTION_FIELDS)
            return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Too many fields");
        if (!imap_lex_astring(lexer, &section->fields[section->field_count++]))
            return false;
    } while (imap_lex_take(lexer, ' '));
    return imap_lex_char(lexer, ')');
}

static bool lex_text(struct imap_lexer *lexer, struct imap_section *section)
{
    struct str name;
    if (!imap_lex_name(lexer, &name))
        return false;
    for (size_t i = 0; i < SECTION_NAMES; i++) {
        const struct section_name *row = &section_names[i];
        if (!str_eq_nocase(name, str_of(row->name)) || (row->needs_part && section->depth == 0))
            continue;
        section->text = row->text;
        if (row->text == IMAP_SECTION_FIELDS_ONLY || row->text == IMAP_SECTION_FIELDS_NOT)
            return lex_fields(lexer, section);
        return true;
    }
    return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown section");
}

/* The part numbers, with the dot behind each but the last. True when a text may follow. */
static bool lex_numbers(struct imap_lexer *lexer, struct imap_section *section)
{
    section->numbers = arena_array(lexer->arena, IMAP_SECTION_DEPTH, sizeof section->numbers[0]);
    while (char_is_digit(imap_lex_peek(lexer))) {
        if (section->depth == IMAP_SECTION_DEPTH)
            return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Section too deep");
        uint32_t *number = &section->numbers[section->depth++];
        if (!imap_lex_number(lexer, number))
            return false;
        if (*number == 0)
            return imap_lex_fail(lexer, IMAP_LEX_BAD, "Part numbers begin at 1");
        if (!imap_lex_take(lexer, '.'))
            return false;
    }
    return imap_lex_ok(lexer);
}

static bool lex_partial(struct imap_lexer *lexer, struct imap_section *section)
{
    section->partial = true;
    if (!imap_lex_number(lexer, &section->offset) || !imap_lex_char(lexer, '.') ||
        !imap_lex_number(lexer, &section->length))
        return false;
    if (section->length == 0)
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "A partial fetch of nothing");
    return imap_lex_char(lexer, '>');
}

bool imap_lex_section(struct imap_lexer *lexer, struct imap_section *section)
{
    *section = (struct imap_section){.text = IMAP_SECTION_ALL};
    if (!imap_lex_char(lexer, '['))
        return false;
    bool may_end = imap_lex_peek(lexer) == ']';
    if (!may_end && lex_numbers(lexer, section))
        lex_text(lexer, section);
    if (!imap_lex_char(lexer, ']'))
        return false;
    return !imap_lex_take(lexer, '<') || lex_partial(lexer, section);
}

void imap_section_print(const struct imap_section *section, struct buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < section->depth; i++)
        buf_printf(out, "%s%u", i ? "." : "", section->numbers[i]);
    for (size_t i = 0; i < SECTION_NAMES; i++)
        if (section_names[i].text == section->text)
            buf_printf(out, "%s%s", section->depth ? "." : "", section_names[i].name);
    if (section->field_count > 0) {
        buf_add_text(out, " (");
        for (size_t i = 0; i < section->field_count; i++) {
            if (i)
                buf_add_char(out, ' ');
            imap_put_astring(out, section->fields[i]);
        }
        buf_add_char(out, ')');
    }
    buf_add_char(out, ']');
    if (section->partial)
        buf_printf(out, "<%u>", section->offset);
}

bool imap_section_has_field(const struct imap_section *section, struct str name)
{
    for (size_t i = 0; i < section->field_count; i++)
        if (str_eq_nocase(section->fields[i], name))
            return true;
    return false;
}
