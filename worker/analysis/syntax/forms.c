/* Numbers forms. */
#include "worker/analysis/syntax/forms.h"

#include <assert.h>
#include <string.h>
#include <xxhash.h>

bool forms_new(struct forms *out, uint32_t limit, struct arena *arena)
{
    uint32_t size = 16;
    while (size < 2 * (size_t)limit)
        size *= 2;
    *out = (struct forms){.limit = limit, .mask = size - 1};
    out->slots = arena_array(arena, size, sizeof *out->slots);
    out->texts = arena_array(arena, limit, sizeof *out->texts);
    if (!out->slots || !out->texts)
        return false;
    forms_clear(out);
    return true;
}

void forms_clear(struct forms *forms)
{
    forms->count = 0;
    memset(forms->slots, 0, ((size_t)forms->mask + 1) * sizeof *forms->slots);
}

static bool is_form(const struct form *form, struct slice text)
{
    return form->len == text.len && memcmp(form->text, text.data, text.len) == 0;
}

uint32_t forms_number(struct forms *forms, struct slice text)
{
    assert(forms->count < forms->limit);
    if (text.len > FORMS_TEXT_MAX)
        return forms->count++;
    uint32_t at = (uint32_t)XXH3_64bits(text.data, text.len) & forms->mask;
    for (; forms->slots[at]; at = (at + 1) & forms->mask)
        if (is_form(&forms->texts[forms->slots[at] - 1], text))
            return forms->slots[at] - 1;
    struct form *form = &forms->texts[forms->count];
    form->len = (uint8_t)text.len;
    memcpy(form->text, text.data, text.len);
    forms->slots[at] = ++forms->count;
    return forms->count - 1;
}
