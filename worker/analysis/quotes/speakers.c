/* Naming those who speak. */
#include "worker/analysis/quotes/speakers.h"

#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/spans.h"
#include "worker/analysis/syntax/tags.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/words.h"

#define REACH_BYTES    6000 /* of the two paragraphs before a pronoun that are looked at */
#define REACH_MENTIONS 100

struct speakers {
    const struct doc *doc;
    struct spoken *spoken;
    size_t count;
    uint8_t *genders; /* of each name, 0 unknown */
    bool *quoted;     /* it stands in somebody's words */
};

static int gender_of(struct slice word)
{
    char fold[WORDS_FOLD_BYTES];
    size_t len = words_fold(word, fold);
    const struct lexicon_entry *entry =
        len ? lexicon_look_up(&gender_lexicon, (struct slice){fold, len}) : NULL;
    return entry ? entry->value : 0;
}

/* By the first word of the whole name, or by the word before. */
static uint8_t gender_of_name(const struct doc *doc, const struct name_span *name)
{
    const char *space = name->name.len ? memchr(name->name.data, ' ', name->name.len) : NULL;
    struct slice first =
        slice_sub(name->name, 0, space ? (size_t)(space - name->name.data) : name->name.len);
    int gender = space ? gender_of(first) : 0;
    if (!gender && name->first_word != NAME_NO_WORD && name->first_word > 0) {
        const struct doc_word *before = &doc->words[name->first_word - 1];
        const struct lexicon_entry *entry =
            lexicon_find(&gender_lexicon, doc_fold(doc, before), before->hash);
        gender = entry ? entry->value : 0;
    }
    return (uint8_t)gender;
}

/* Both lists are in the order of the text; direct quotations do not overlap. */
static void mark_quoted(struct speakers *speakers)
{
    const struct field_list *names = &speakers->doc->result->names;
    size_t quote = 0;
    for (size_t i = 0; i < names->count; i++) {
        uint32_t at = field_at(*names, struct result_name, i)->start;
        while (quote < speakers->count &&
               (!speakers->spoken[quote].quote.direct || speakers->spoken[quote].quote.end <= at))
            quote++;
        speakers->quoted[i] = quote < speakers->count && speakers->spoken[quote].quote.start <= at;
    }
}

/* The first name that ends behind byte `at`. */
static size_t name_behind(const struct doc *doc, size_t at)
{
    size_t low = 0, high = doc->name_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (doc->names[middle].to <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The name that `token` is in; the number of names when it is in none. */
static size_t name_with(const struct doc *doc, uint32_t token)
{
    size_t name = name_behind(doc, doc->tokens[token].from);
    bool inside = name < doc->name_count && doc->names[name].from <= doc->tokens[token].from;
    return inside ? name : doc->name_count;
}

/* Of she and he; 0 for all other words. */
static int pronoun_gender(const struct doc *doc, uint32_t token)
{
    struct slice text = slice_sub(doc->text, doc->tokens[token].from, doc->tokens[token].to);
    if (doc->tokens[token].upos != UPOS_PRON)
        return 0;
    if (slice_is(text, "she") || slice_is(text, "She"))
        return GENDER_FEMALE;
    return slice_is(text, "he") || slice_is(text, "He") ? GENDER_MALE : 0;
}

/* Where the paragraph before that of byte `at` begins, or REACH_BYTES before it. */
static size_t reach_of(struct slice text, size_t at)
{
    unsigned ends = 0;
    size_t from = at;
    while (from > 1 && at - from < REACH_BYTES) {
        ends += text.data[from - 1] == '\n' && text.data[from - 2] == '\n';
        if (ends == 2)
            break;
        from--;
    }
    return ends < 2 && from <= 1 ? 0 : from;
}

/* Takes a person in, where it stands last; false when there is another one already. */
static bool only_one(const struct doc *doc, size_t name, size_t *person)
{
    if (*person == doc->name_count)
        *person = name;
    return slice_equal(doc->names[*person].name, doc->names[name].name);
}

/* A noun for somebody who is not named: the spokesman, a witness. */
static bool is_somebody(const struct doc *doc, uint32_t token, int gender)
{
    static const char *const words[] = {"man", "woman", "witness", "resident", "official", NULL};
    const struct doc_token *at = &doc->tokens[token];
    if (at->upos != UPOS_NOUN || at->relation != REL_NSUBJ)
        return false;
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, at->lemma.data, at->lemma.len);
    uint32_t bits = NAME_BITS(name_look_up(&name_words, hash));
    int its = gender_of(at->lemma);
    bool listed = false;
    for (const char *const *word = words; *word; word++)
        listed |= slice_is(at->lemma, *word);
    return (its == 0 || its == gender) &&
           (listed || its || bits & (NAME_WORD_TITLE | NAME_WORD_RELATION));
}

/* Nobody else is spoken of between the person's last name and the pronoun at `token`. */
static bool nobody_between(const struct doc *doc, size_t name, uint32_t token, int gender)
{
    for (uint32_t i = token; i-- > 0 && doc->tokens[i].from >= doc->names[name].to;)
        if (is_somebody(doc, i, gender))
            return false;
    return true;
}

/* The one whom the pronoun of quotation `index` stands for; the number of names when that is not
 * certain. `who` is what was found for the quotations before. */
static size_t antecedent(const struct speakers *speakers, size_t index, int gender,
                         const size_t *who)
{
    const struct doc *doc = speakers->doc;
    size_t at = doc->tokens[speakers->spoken[index].speaker].from;
    size_t reach = reach_of(doc->text, at), none = doc->name_count, person = none;
    size_t end = name_behind(doc, at);
    for (size_t i = end, n = 0; i-- > 0 && doc->names[i].from >= reach; n++) {
        if (n == REACH_MENTIONS)
            return none;
        bool fits = doc->names[i].type == NAME_PERSON && !speakers->quoted[i] &&
                    (speakers->genders[i] == 0 || speakers->genders[i] == gender);
        if (fits && !only_one(doc, i, &person))
            return none;
    }
    for (size_t i = index, n = 0; i-- > 0 && n < REACH_MENTIONS; n++) {
        uint32_t speaker = speakers->spoken[i].speaker;
        if (speaker == DOC_TOKEN_NONE || doc->tokens[speaker].from >= at)
            continue;
        if (doc->tokens[speaker].from < reach)
            break;
        bool other = pronoun_gender(doc, speaker) && pronoun_gender(doc, speaker) != gender;
        if (!other && (who[i] == none ||
                       (doc->names[who[i]].type == NAME_PERSON &&
                        !(speakers->genders[who[i]] && speakers->genders[who[i]] != gender) &&
                        !only_one(doc, who[i], &person))))
            return none;
    }
    bool safe =
        person != none && nobody_between(doc, person, speakers->spoken[index].speaker, gender);
    return safe ? person : none;
}

enum status speakers_name(const struct doc *doc, struct spoken *spoken, size_t count,
                          struct arena *arena)
{
    struct speakers speakers = {.doc = doc, .spoken = spoken, .count = count};
    size_t *who = arena_array(arena, count, sizeof *who);
    speakers.genders = arena_array(arena, doc->name_count, sizeof *speakers.genders);
    speakers.quoted = arena_array(arena, doc->name_count, sizeof *speakers.quoted);
    if (!who || !speakers.genders || !speakers.quoted)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->name_count; i++)
        if (doc->names[i].type == NAME_PERSON)
            speakers.genders[i] = gender_of_name(doc, &doc->names[i]);
    mark_quoted(&speakers);
    for (size_t i = 0; i < count; i++) {
        who[i] = doc->name_count;
        if (spoken[i].speaker == DOC_TOKEN_NONE)
            continue;
        int gender = pronoun_gender(doc, spoken[i].speaker);
        who[i] = gender ? antecedent(&speakers, i, gender, who) : name_with(doc, spoken[i].speaker);
        if (who[i] == doc->name_count)
            continue;
        spoken[i].quote.name = doc->names[who[i]].name;
        spoken[i].quote.key = doc->names[who[i]].key;
    }
    return STATUS_OK;
}
