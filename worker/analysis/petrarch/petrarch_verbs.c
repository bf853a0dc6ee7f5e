/* Verb dictionaries: blocks of verbs that mean the same, and patterns that say more.
 *
 *   &VESSEL                        a set of words, one a line; they may be of several pieces
 *   +FERRY
 *   --- SEIZE [171] ---            a block, and the code of its verbs
 *   SEIZE {SEIZED SEIZES}          a verb, its irregular forms, and a code of its own, if it has
 * one +TAKE_OVER [171]               of several words; "+" is before the one that is the verb
 *   - * &VESSEL [181]              a pattern: words before and behind the verb, which is "*"
 *   - * (FROM +) [171]             "$" is the source, "+" the target, "^" somebody, "%" several
 *
 * "_" joins words that stand beside each other; elsewhere others may stand between, few of them
 * inside of ( ) and { }. "[042:043]" is two codes, of source to target and of target to source. */
#include <ctype.h>
#include <stdlib.h>

#include "worker/analysis/events/cameo.h"
#include "worker/analysis/petrarch/petrarch_inside.h"

#define ELEMENTS_MAX 24 /* of a pattern, with the verb */
#define NAME_BYTES   64

/* A pattern as it is read, from left to right; the verb among the rest. */
struct draft {
    struct element elements[ELEMENTS_MAX];
    size_t count, verb; /* SIZE_MAX: not yet */
};

struct reading {
    struct petrarch *petrarch;
    struct petrarch_lines *lines;
    int64_t set;   /* whose members are read, -1 none */
    bool in_block; /* the last one */
    bool memory;   /* false: none is left */
};

static bool read_one_code(struct slice text, struct code *out)
{
    text = slice_trim(text);
    *out = (struct code){""};
    if (text.len == 0 || slice_is(text, "---"))
        return true;
    if (text.len < 2 || text.len + 1 > sizeof out->text)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit((unsigned char)text.data[i]))
            return false;
    memcpy(out->text, text.data, text.len);
    return cameo_find(out->text) != NULL;
}

/* The codes in the last [ ] of the line, which loses them; "" both when there is none. */
static const char *take_codes(struct slice *line, struct code *forward, struct code *backward)
{
    const char *open = memrchr(line->data, '[', line->len);
    *forward = *backward = (struct code){""};
    if (!open)
        return NULL;
    size_t from = (size_t)(open - line->data) + 1;
    const char *close = memchr(open, ']', line->len - from + 1);
    if (!close)
        return "[ without ]";
    struct slice text = slice_sub(*line, from, (size_t)(close - line->data));
    const char *colon = memchr(text.data, ':', text.len);
    size_t at = colon ? (size_t)(colon - text.data) : text.len;
    *line = slice_trim(slice_sub(*line, 0, from - 1));
    bool good = read_one_code(slice_sub(text, 0, at), forward) &&
                (!colon || read_one_code(slice_sub(text, at + 1, text.len), backward));
    return good ? NULL : "the code is none of CAMEO";
}

/* ---- sets ---- */

/* A set's name: to the end of its letters, "_" between them included. */
static size_t set_name_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && (isalnum((unsigned char)text.data[len]) || text.data[len] == '_' ||
                              text.data[len] == '-'))
        len++;
    return len;
}

static int64_t set_number(const struct petrarch *petrarch, struct slice name)
{
    char key[NAME_BYTES];
    if (petrarch->set_names.count == 0 || name.len == 0 || name.len >= sizeof key)
        return -1;
    for (size_t i = 0; i < name.len; i++)
        key[i] = (char)toupper((unsigned char)name.data[i]);
    const struct lexicon view = lexicon_builder_view(&petrarch->set_names);
    const struct lexicon_entry *entry = lexicon_look_up(&view, (struct slice){key, name.len});
    return entry ? entry->value : -1;
}

/* "&NAME" or "&NAME_": a set of that name, new or to be added to. */
static const char *begin_set(struct reading *reading, struct slice line)
{
    char key[NAME_BYTES];
    struct slice name = slice_sub(line, 1, 1 + set_name_len(slice_sub(line, 1, line.len)));
    while (name.len > 0 && name.data[name.len - 1] == '_')
        name.len--;
    if (name.len == 0 || name.len >= sizeof key)
        return "a set has a name of letters behind &";
    reading->set = set_number(reading->petrarch, name);
    if (reading->set >= 0)
        return NULL;
    for (size_t i = 0; i < name.len; i++)
        key[i] = (char)toupper((unsigned char)name.data[i]);
    struct lexicon_entry *entry =
        lexicon_builder_entry(&reading->petrarch->set_names, (struct slice){key, name.len});
    reading->memory = entry && petrarch_push(&reading->petrarch->sets, sizeof(struct set));
    if (reading->memory)
        reading->set = entry->value = (int32_t)reading->petrarch->sets.count - 1;
    return NULL;
}

static const char *add_member(struct reading *reading, struct slice member)
{
    char key[PETRARCH_KEY_BYTES], numbered[PETRARCH_KEY_BYTES + 16];
    size_t count;
    struct slice folded = petrarch_key(member, key, &count);
    if (folded.len == 0 || memchr(member.data, '&', member.len))
        return "a member of a set is words, not another set";
    int len = snprintf(numbered, sizeof numbered, "%u %.*s", (unsigned)reading->set,
                       (int)folded.len, folded.data);
    if (len < 0 || (size_t)len > PETRARCH_KEY_BYTES)
        return "a member of a set is too long";
    struct lexicon_entry *entry =
        lexicon_builder_entry(&reading->petrarch->set_keys, (struct slice){numbered, (size_t)len});
    struct set *set = (struct set *)reading->petrarch->sets.items + reading->set;
    reading->memory = entry != NULL;
    if (entry)
        entry->value = 0;
    if (set->longest < count)
        set->longest = (uint32_t)count;
    return NULL;
}

/* ---- elements ---- */

static bool add_word(struct reading *reading, struct slice folded, struct element *out)
{
    struct buffer *words = &reading->petrarch->words;
    out->kind = PETRARCH_WORD;
    out->word = (uint32_t)words->len;
    out->word_len = (uint32_t)folded.len;
    buffer_append_slice(words, folded);
    reading->memory = !buffer_failed(words);
    return reading->memory;
}

/* One word of a pattern, which may be of several pieces ("CEASE-FIRE"). */
static const char *draft_word(struct reading *reading, struct draft *draft, struct slice word,
                              enum petrarch_gap gap)
{
    char key[PETRARCH_KEY_BYTES];
    struct slice piece;
    size_t at = 0, count;
    bool any = false;
    while (petrarch_next_piece(word, &at, &piece)) {
        if (draft->count == ELEMENTS_MAX)
            return "the pattern is too long";
        struct slice folded = petrarch_key(piece, key, &count);
        if (folded.len == 0)
            return "a word without letters, or a too long one";
        struct element *element = &draft->elements[draft->count++];
        *element = (struct element){.gap = (uint8_t)(any ? PETRARCH_JOINED : gap)};
        if (!add_word(reading, folded, element))
            return NULL;
        any = true;
    }
    return any ? NULL : "something in the pattern is neither a word nor a mark";
}

static const char *draft_set(struct reading *reading, struct draft *draft, struct slice name,
                             enum petrarch_gap gap)
{
    while (name.len > 0 && name.data[name.len - 1] == '_')
        name.len--;
    int64_t set = set_number(reading->petrarch, name);
    if (set < 0)
        return "the set behind & is not known";
    if (draft->count == ELEMENTS_MAX)
        return "the pattern is too long";
    draft->elements[draft->count++] =
        (struct element){.kind = PETRARCH_SET, .gap = (uint8_t)gap, .set = (uint32_t)set};
    return NULL;
}

static const char *draft_mark(struct draft *draft, char mark, enum petrarch_gap gap)
{
    static const char marks[] = "$+^%";
    static const uint8_t kinds[] = {PETRARCH_SOURCE, PETRARCH_TARGET, PETRARCH_ACTOR,
                                    PETRARCH_BOTH};
    if (draft->count == ELEMENTS_MAX)
        return "the pattern is too long";
    if (mark == '*') {
        if (draft->verb != SIZE_MAX)
            return "the pattern has two verbs";
        draft->verb = draft->count;
    }
    const char *found = strchr(marks, mark);
    draft->elements[draft->count++] = (struct element){
        .kind = found && mark != '*' ? kinds[found - marks] : PETRARCH_WORD, .gap = (uint8_t)gap};
    return NULL;
}

/* How far a set's name goes when "_" may belong to it or join: the longest that is known. */
static size_t known_set_len(const struct petrarch *petrarch, struct slice text)
{
    size_t len = set_name_len(text), whole = len;
    while (len > 0 && set_number(petrarch, slice_sub(text, 0, len)) < 0) {
        len--;
        while (len > 0 && text.data[len] != '_')
            len--;
    }
    return len ? len : whole;
}

static size_t word_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && !isspace((unsigned char)text.data[len]) &&
           !strchr("_(){}&$+^%*", text.data[len]))
        len++;
    return len;
}

/* The next word, set or mark at the beginning of `text`; what it takes is cut off. */
static const char *draft_next(struct reading *reading, struct draft *draft, struct slice *text,
                              enum petrarch_gap gap)
{
    char first = text->data[0];
    size_t len = 1;
    const char *wrong;
    if (first == '&') {
        struct slice rest = slice_sub(*text, 1, text->len);
        len = 1 + known_set_len(reading->petrarch, rest);
        wrong = draft_set(reading, draft, slice_sub(*text, 1, len), gap);
    } else if (strchr("$+^%*", first)) {
        while (first == '*' && len < text->len && text->data[len] == '*')
            len++; /* TABARI's "**" */
        wrong = draft_mark(draft, first, gap);
    } else {
        len = word_len(*text);
        wrong = draft_word(reading, draft, slice_sub(*text, 0, len), gap);
    }
    *text = slice_sub(*text, len, text->len);
    return wrong;
}

static const char *read_draft(struct reading *reading, struct slice text, struct draft *draft)
{
    bool joined = false, inside = false, first_inside = false;
    const char *wrong = NULL;
    *draft = (struct draft){.verb = SIZE_MAX};
    while (text.len > 0 && !wrong && reading->memory) {
        char byte = text.data[0];
        bool opens = byte == '(' || byte == '{', closes = byte == ')' || byte == '}';
        if (opens || closes || byte == '_' || isspace((unsigned char)byte)) {
            first_inside = opens ? !inside : first_inside;
            inside = opens || (inside && !closes);
            joined = byte == '_' || (joined && opens);
            text = slice_sub(text, 1, text.len);
            continue;
        }
        enum petrarch_gap gap = joined                    ? PETRARCH_JOINED
                                : inside && !first_inside ? PETRARCH_NEAR
                                                          : PETRARCH_ANYWHERE;
        wrong = draft_next(reading, draft, &text, gap);
        first_inside = joined = false;
    }
    return wrong;
}

/* The draft's elements into the list, those before the verb backwards: each with the gap to the one
 * that is nearer to the verb. */
static bool store_draft(struct petrarch *petrarch, const struct draft *draft, struct pattern *out)
{
    out->before = (uint32_t)petrarch->elements.count;
    for (size_t i = draft->verb; i-- > 0;) {
        struct element *element = petrarch_push(&petrarch->elements, sizeof *element);
        if (!element)
            return false;
        *element = draft->elements[i];
        element->gap = draft->elements[i + 1].gap;
    }
    out->before_count = (uint32_t)draft->verb;
    out->after = (uint32_t)petrarch->elements.count;
    for (size_t i = draft->verb + 1; i < draft->count; i++) {
        struct element *element = petrarch_push(&petrarch->elements, sizeof *element);
        if (!element)
            return false;
        *element = draft->elements[i];
    }
    out->after_count = (uint32_t)(draft->count - draft->verb - 1);
    return true;
}

/* ---- lines ---- */

static struct block *last_block(struct petrarch *petrarch)
{
    return (struct block *)petrarch->blocks.items + petrarch->blocks.count - 1;
}

static const char *begin_block(struct reading *reading, struct slice line)
{
    struct code forward, backward;
    const char *wrong = take_codes(&line, &forward, &backward);
    struct block *block = petrarch_push(&reading->petrarch->blocks, sizeof *block);
    reading->memory = block != NULL;
    if (block)
        *block = (struct block){.first = (uint32_t)reading->petrarch->patterns.count,
                                .forward = forward,
                                .backward = backward};
    reading->in_block = true;
    return wrong;
}

static const char *add_pattern(struct reading *reading, struct slice line)
{
    struct draft draft;
    struct pattern pattern = {.before = 0};
    if (!reading->in_block)
        return "a pattern without a block before it";
    bool has_code = memchr(line.data, '[', line.len);
    const char *wrong = take_codes(&line, &pattern.forward, &pattern.backward);
    if (!wrong)
        wrong = read_draft(reading, slice_sub(line, 1, line.len), &draft);
    if (!wrong && reading->memory && draft.verb == SIZE_MAX)
        wrong = "a pattern has a * for its verb";
    if (wrong || !reading->memory)
        return wrong;
    if (!has_code) {
        pattern.forward = last_block(reading->petrarch)->forward;
        pattern.backward = last_block(reading->petrarch)->backward;
    }
    reading->memory = store_draft(reading->petrarch, &draft, &pattern);
    struct pattern *added =
        reading->memory ? petrarch_push(&reading->petrarch->patterns, sizeof *added) : NULL;
    reading->memory = added != NULL;
    if (added) {
        *added = pattern;
        last_block(reading->petrarch)->count++;
    }
    return NULL;
}

/* "BEEF", "+BEEF_UP", "WIRE_+TAP": the word behind "+" is the verb, else the first. */
static const char *add_form(struct reading *reading, struct slice form, const struct verb *verb)
{
    struct draft draft = {.verb = 0};
    const char *wrong = NULL;
    bool marked = false;
    while (form.len > 0 && !wrong && reading->memory) {
        bool plus = form.data[0] == '+';
        if (plus || form.data[0] == '_') {
            if (plus && !marked)
                draft.verb = draft.count;
            marked |= plus;
            form = slice_sub(form, 1, form.len);
            continue;
        }
        size_t len = word_len(form);
        wrong = len ? draft_word(reading, &draft, slice_sub(form, 0, len), PETRARCH_JOINED)
                    : "a verb is letters";
        form = slice_sub(form, len, form.len);
    }
    if (wrong || !reading->memory || draft.count == 0 || draft.verb >= draft.count)
        return wrong || !reading->memory ? wrong : "a verb is letters";
    struct petrarch *petrarch = reading->petrarch;
    struct verb *added = petrarch_push(&petrarch->verbs, sizeof *added);
    const struct element *head = &draft.elements[draft.verb];
    struct slice key = {petrarch->words.data + head->word, head->word_len};
    struct lexicon_entry *entry = added ? lexicon_builder_entry(&petrarch->verb_keys, key) : NULL;
    reading->memory = entry && store_draft(petrarch, &draft, &added->own);
    if (!reading->memory)
        return NULL;
    added->own.forward = verb->own.forward;
    added->own.backward = verb->own.backward;
    added->block = verb->block;
    added->next = entry->value == LEXICON_PREFIX_ONLY ? -1 : entry->value;
    entry->value = (int32_t)petrarch->verbs.count - 1;
    return NULL;
}

static const char *add_verb(struct reading *reading, struct slice line)
{
    struct verb verb = {.next = -1};
    if (!reading->in_block)
        return "a verb without a block (--- NAME [CODE] ---) before it";
    bool has_code = memchr(line.data, '[', line.len);
    const char *wrong = take_codes(&line, &verb.own.forward, &verb.own.backward);
    if (!has_code) {
        verb.own.forward = last_block(reading->petrarch)->forward;
        verb.own.backward = last_block(reading->petrarch)->backward;
    }
    verb.block = (uint32_t)reading->petrarch->blocks.count - 1;
    while (line.len > 0 && !wrong && reading->memory) {
        size_t len = 0;
        while (len < line.len && !isspace((unsigned char)line.data[len]) &&
               !strchr("{}", line.data[len]))
            len++;
        if (len > 0)
            wrong = add_form(reading, slice_sub(line, 0, len), &verb);
        line = slice_sub(line, len + (len < line.len), line.len);
    }
    return wrong;
}

static const char *read_line(struct reading *reading, struct slice line)
{
    if (line.data[0] == '&')
        return begin_set(reading, line);
    if (reading->set >= 0 && line.data[0] == '+')
        return add_member(reading, slice_sub(line, 1, line.len));
    reading->set = -1;
    if (line.data[0] == '~')
        return NULL;
    if (slice_starts_with(line, SLICE_LITERAL("---")))
        return begin_block(reading, line);
    return line.data[0] == '-' ? add_pattern(reading, line) : add_verb(reading, line);
}

enum status petrarch_read_verbs(struct petrarch *petrarch, struct petrarch_lines *lines)
{
    struct reading reading = {.petrarch = petrarch, .lines = lines, .set = -1, .memory = true};
    struct slice line;
    while (reading.memory && petrarch_lines_next(lines, &line)) {
        const char *wrong = read_line(&reading, line);
        if (wrong && reading.memory)
            petrarch_lines_bad(lines, wrong);
    }
    return reading.memory ? STATUS_OK : STATUS_FATAL;
}

/* ---- when all is read ---- */

static struct event_pattern ready_code(const struct code *code)
{
    const struct cameo_code *row = code->text[0] ? cameo_find(code->text) : NULL;
    if (!row || !row->type)
        return (struct event_pattern){.type = NULL};
    return (struct event_pattern){
        .type = row->type, .mode = row->mode, .cameo = code->text, .goldstein = row->goldstein};
}

static struct petrarch_pattern ready_pattern(const struct petrarch *petrarch,
                                             const struct pattern *pattern)
{
    return (struct petrarch_pattern){.before = petrarch->ready_elements + pattern->before,
                                     .after = petrarch->ready_elements + pattern->after,
                                     .before_count = pattern->before_count,
                                     .after_count = pattern->after_count,
                                     .forward = ready_code(&pattern->forward),
                                     .backward = ready_code(&pattern->backward)};
}

enum status petrarch_ready(struct petrarch *petrarch)
{
    const struct element *elements = petrarch->elements.items;
    const struct pattern *patterns = petrarch->patterns.items;
    const struct verb *verbs = petrarch->verbs.items;
    petrarch->ready_elements =
        calloc(petrarch->elements.count + 1, sizeof(struct petrarch_element));
    petrarch->ready_patterns =
        calloc(petrarch->patterns.count + 1, sizeof(struct petrarch_pattern));
    petrarch->ready_verbs = calloc(petrarch->verbs.count + 1, sizeof(struct petrarch_verb));
    if (!petrarch->ready_elements || !petrarch->ready_patterns || !petrarch->ready_verbs)
        return STATUS_FATAL;
    for (size_t i = 0; i < petrarch->elements.count; i++)
        petrarch->ready_elements[i] = (struct petrarch_element){
            .kind = elements[i].kind,
            .gap = elements[i].gap,
            .set = elements[i].set,
            .word = {petrarch->words.data ? petrarch->words.data + elements[i].word : NULL,
                     elements[i].word_len}};
    for (size_t i = 0; i < petrarch->patterns.count; i++)
        petrarch->ready_patterns[i] = ready_pattern(petrarch, &patterns[i]);
    for (size_t i = 0; i < petrarch->verbs.count; i++)
        petrarch->ready_verbs[i] =
            (struct petrarch_verb){.own = ready_pattern(petrarch, &verbs[i].own),
                                   .block = verbs[i].block,
                                   .next = verbs[i].next};
    return STATUS_OK;
}
