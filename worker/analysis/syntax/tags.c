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

#define BIT(name) (1u << UPOS_##name)
static const uint32_t allowed[XPOS_COUNT] = {
    [XPOS_NONE] = BIT(X),
    [XPOS_NN] = BIT(NOUN) | BIT(PRON) | BIT(SYM) | BIT(X),
    [XPOS_NNS] = BIT(NOUN),
    [XPOS_NNP] = BIT(PROPN) | BIT(ADJ) | BIT(NUM),
    [XPOS_NNPS] = BIT(PROPN),
    [XPOS_VB] = BIT(VERB) | BIT(AUX),
    [XPOS_VBD] = BIT(VERB) | BIT(AUX),
    [XPOS_VBG] = BIT(VERB) | BIT(AUX),
    [XPOS_VBN] = BIT(VERB) | BIT(AUX),
    [XPOS_VBP] = BIT(VERB) | BIT(AUX),
    [XPOS_VBZ] = BIT(VERB) | BIT(AUX),
    [XPOS_MD] = BIT(AUX),
    [XPOS_JJ] = BIT(ADJ),
    [XPOS_JJR] = BIT(ADJ),
    [XPOS_JJS] = BIT(ADJ),
    [XPOS_RB] = BIT(ADV) | BIT(PART),
    [XPOS_RBR] = BIT(ADV),
    [XPOS_RBS] = BIT(ADV),
    [XPOS_RP] = BIT(ADP),
    [XPOS_IN] = BIT(ADP) | BIT(SCONJ),
    [XPOS_TO] = BIT(PART),
    [XPOS_DT] = BIT(DET) | BIT(PRON),
    [XPOS_PDT] = BIT(DET),
    [XPOS_WDT] = BIT(PRON) | BIT(DET),
    [XPOS_WP] = BIT(PRON),
    [XPOS_WPS] = BIT(PRON),
    [XPOS_WRB] = BIT(ADV),
    [XPOS_PRP] = BIT(PRON),
    [XPOS_PRPS] = BIT(PRON),
    [XPOS_POS] = BIT(PART),
    [XPOS_CC] = BIT(CCONJ),
    [XPOS_CD] = BIT(NUM),
    [XPOS_EX] = BIT(PRON),
    [XPOS_FW] = BIT(X) | BIT(NOUN) | BIT(ADV),
    [XPOS_UH] = BIT(INTJ),
    [XPOS_LS] = BIT(NUM),
    [XPOS_SYM] = BIT(SYM),
    [XPOS_ADD] = BIT(PROPN) | BIT(X),
    [XPOS_NFP] = BIT(PUNCT) | BIT(SYM),
    [XPOS_GW] = BIT(X) | BIT(PROPN) | BIT(ADV) | BIT(NOUN) | BIT(ADJ) | BIT(PRON),
    [XPOS_AFX] = BIT(X) | BIT(ADV) | BIT(NOUN),
    [XPOS_HYPH] = BIT(PUNCT),
    [XPOS_STOP] = BIT(PUNCT),
    [XPOS_COMMA] = BIT(PUNCT) | BIT(SYM),
    [XPOS_COLON] = BIT(PUNCT),
    [XPOS_OPEN] = BIT(PUNCT),
    [XPOS_CLOSE] = BIT(PUNCT),
    [XPOS_QUOTE] = BIT(PUNCT),
    [XPOS_UNQUOTE] = BIT(PUNCT),
    [XPOS_DOLLAR] = BIT(SYM),
};

uint32_t xpos_allows(enum xpos xpos)
{
    return allowed[xpos];
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
