/* The names of the tags and relations. */
#include "worker/analysis/syntax/tags.h"

#include <string.h>

#define UPOS_TEXT(name)           #name,
#define XPOS_TEXT(name, text)     text,
#define RELATION_TEXT(name, text) text,
static const char *const upos_names[] = {UPOS_LIST(UPOS_TEXT)};
static const char *const xpos_names[] = {XPOS_LIST(XPOS_TEXT)};
static const char *const relation_names[] = {RELATION_LIST(RELATION_TEXT)};

const char *upos_name(enum upos upos)
{
    return upos_names[upos];
}

const char *xpos_name(enum xpos xpos)
{
    return xpos_names[xpos];
}

const char *relation_name(enum relation relation)
{
    return relation_names[relation];
}

static unsigned find(const char *const *names, unsigned count, const char *name, size_t len)
{
    for (unsigned i = 0; i < count; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return i;
    return 0;
}

enum upos upos_from(const char *name)
{
    return (enum upos)find(upos_names, UPOS_COUNT, name, strlen(name));
}

enum xpos xpos_from(const char *name)
{
    return (enum xpos)find(xpos_names, XPOS_COUNT, name, strlen(name));
}

enum relation relation_from(const char *name)
{
    unsigned whole = find(relation_names, RELATION_COUNT, name, strlen(name));
    if (whole == 0)
        whole = find(relation_names, RELATION_COUNT, name, strcspn(name, ":"));
    return (enum relation)whole;
}
