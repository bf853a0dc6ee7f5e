/* The names of an article: found two ways, merged, resolved. */
#include "worker/analysis/names/spans.h"
#include "worker/analysis/stages.h"

static const char *const types[] = {"person", "organization", "place", "other"};

/* Few words full of names are taken for any language; then the producer's word counts. */
#define FEW_BYTES 400

static bool is_english(const struct doc *doc)
{
    struct slice hint = doc->article->language;
    bool hinted = hint.len >= 2 && memcmp(hint.data, "en", 2) == 0 &&
                  (hint.len == 2 || hint.data[2] == '-' || hint.data[2] == '_');
    return doc_language_is(doc, "en") || (hinted && doc->text.len < FEW_BYTES);
}

static enum status give(struct doc *doc, const struct name_spans *spans, struct arena *arena)
{
    struct result_name *names = arena_array(arena, spans->count, sizeof *names);
    if (!names)
        return STATUS_REJECT;
    for (size_t i = 0; i < spans->count; i++) {
        const struct name_span *span = &spans->items[i];
        names[i] = (struct result_name){
            .start = doc_point(doc, span->from),
            .end = doc_point(doc, span->to),
            .text = slice_sub(doc->text, span->from, span->to),
            .type = slice_from(types[span->type]),
            .name = span->name,
            .key = span->key,
            .role = span->role,
            .confidence = span->confidence,
        };
    }
    doc->names = spans->items;
    doc->name_count = spans->count;
    doc->result->names = (struct field_list){names, spans->count};
    return STATUS_OK;
}

enum status names_run(struct doc *doc, struct arena *arena)
{
    struct name_spans countries = {0}, labelled = {0}, names = {0};
    struct word_uses uses;
    bool english = is_english(doc);
    enum status status = name_countries(doc, &countries, arena);
    if (status == STATUS_OK && english)
        status = word_uses_of(doc, &uses, arena);
    if (status == STATUS_OK && english)
        status = name_labelled(doc, &uses, &labelled, arena);
    if (status == STATUS_OK && english)
        status = name_again(doc, &uses, &labelled, arena);
    if (status == STATUS_OK)
        status = name_merge(doc, &countries, &labelled, &names, arena);
    if (status == STATUS_OK)
        status = name_resolve(doc, &names, arena);
    if (status == STATUS_OK && english)
        status = name_roles(doc, &names, arena);
    return status == STATUS_OK ? give(doc, &names, arena) : status;
}
