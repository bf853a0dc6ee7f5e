/* Weighing CLD2's answer and the evidence of common words. */
#include "worker/analysis/language/identify.h"

#include "worker/analysis/language/cld2.h"
#include "worker/analysis/language/evidence.h"
#include "worker/analysis/words/letters.h"

/* How much more evidence another language needs to overrule CLD2. English is what CLD2 takes
 * names and loanwords for, and a rare language what it takes a few letters for. */
#define OVERRULE       5.0f
#define OVERRULE_WEAK  3.0f
#define OVERRULE_TIMES 1.3f
#define KNOWN_PARTS    7 /* at least one word in seven is a common one of the new language */
#define HINT_WEIGHT    3.0f
#define LETTERS_FEW    12
#define HINT_ALONE     0.3 /* the confidence when nothing but the hint is known */
#define LETTERS_SHORT  24  /* a word or two of no common kind are what the hint says they are */
#define HINT_SHORT     0.7

/* CLD2 has its own spelling for some codes. */
static const char *bcp47(const char *code)
{
    static const char *const renamed[][2] = {
        {"iw", "he"}, {"jw", "jv"},    {"in", "id"},       {"ji", "yi"},  {"mo", "ro"},
        {"no", "nb"}, {"zh-CN", "zh"}, {"sr-ME", "sr-ME"}, {"tl", "fil"},
    };
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (strcmp(code, renamed[i][0]) == 0)
            return renamed[i][1];
    bool artificial = strcmp(code, "un") == 0 || strncmp(code, "xx", 2) == 0 ||
                      strcmp(code, "zzp") == 0 || strcmp(code, "tlh") == 0;
    return artificial ? "und" : code;
}

/* Letters of ASCII, and all that begins a code point of others. */
static size_t letters_in(struct slice text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i += LETTERS_EIGHT) {
        uint64_t eight = letters_load(text, i), high = 0x80 * LETTERS_ONES;
        uint64_t found = (~letters_others(eight) | (eight & eight << 1)) & high;
        letters += (found >> 7) * LETTERS_ONES >> 56; /* adds the bytes up */
    }
    return letters;
}

static int number_of(struct slice code)
{
    const char *dash = memchr(code.data, '-', code.len);
    return evidence_language(slice_sub(code, 0, dash ? (size_t)(dash - code.data) : code.len));
}

/* The evidence's answer, where it is clearly another one; `code` where it is not. */
static struct slice overrule(const struct evidence *evidence, struct slice code, int hinted)
{
    int said = number_of(code), best = evidence_best(evidence, -1);
    float for_said = evidence_score(evidence, said), for_best = evidence_score(evidence, best);
    bool weak = said != hinted && (said < 0 || slice_is(code, "en"));
    if (best == said || for_best - for_said < (weak ? OVERRULE_WEAK : OVERRULE) ||
        for_best < OVERRULE_TIMES * for_said ||
        (unsigned)evidence->known[best] * KNOWN_PARTS < evidence->words)
        return code;
    return slice_from(language_codes[best]);
}

/* How often an answer is right whose evidence is that much stronger than the next language's:
 * measured on sentences of 75 languages (tests/quality prints the table). */
static double right_at(double margin)
{
    static const struct {
        double margin, right;
    } points[] = {{-5, 0.65}, {-2, 0.76}, {0, 0.88},  {0.5, 0.9},
                  {2, 0.965}, {5, 0.985}, {12, 0.995}};
    const size_t last = sizeof points / sizeof *points - 1;
    if (margin <= points[0].margin)
        return points[0].right;
    for (size_t i = 1; i <= last; i++)
        if (margin < points[i].margin) {
            double part =
                (margin - points[i - 1].margin) / (points[i].margin - points[i - 1].margin);
            return points[i - 1].right + part * (points[i].right - points[i - 1].right);
        }
    return points[last].right;
}

static double confidence_of(const struct evidence *evidence, struct slice code, bool ours,
                            const struct cld2_answer *answer, size_t letters)
{
    int said = number_of(code);
    double right = 0.99;
    if (ours && said >= 0)
        right = right_at((double)(evidence_score(evidence, said) -
                                  evidence_score(evidence, evidence_best(evidence, said))));
    else if (ours)
        right = letters < 60 ? 0.4 : 0.8; /* a language without a list of ours */
    if (!answer->reliable)
        right *= 0.8;
    if (letters < LETTERS_FEW)
        right *= 0.9;
    return right;
}

struct identified language_identify(struct slice text, const char *hint)
{
    size_t letters = letters_in(text);
    if (letters < 2)
        return (struct identified){SLICE_LITERAL("und"), 0};
    struct evidence evidence = {0};
    struct cld2_answer answer = cld2_detect(text.data, (int)text.len, hint);
    struct slice code = slice_from(bcp47(answer.code));
    evidence_gather(&evidence, text);
    int hinted = hint ? evidence_language(slice_from(hint)) : -1;
    if (hinted >= 0 && (evidence.known[hinted] > 0 || number_of(code) == hinted))
        evidence.score[hinted] += HINT_WEIGHT;
    bool ours = evidence.words > 0 && evidence.others < letters / 2;
    if (slice_is(code, "ja") && evidence.kana == 0)
        code = SLICE_LITERAL("zh"); /* Han alone */
    if (ours)
        code = overrule(&evidence, code, hinted);
    bool lost = slice_is(code, "und") || (!answer.reliable && !answer.hint_known && hinted < 0);
    if (lost && hint)
        return (struct identified){slice_from(hint), HINT_ALONE};
    if (slice_is(code, "und"))
        return (struct identified){code, 0};
    bool unknown = number_of(code) < 0 || evidence.known[number_of(code)] == 0;
    if (hinted >= 0 && ours && letters < LETTERS_SHORT && unknown)
        return (struct identified){slice_from(hint), HINT_SHORT};
    return (struct identified){code, confidence_of(&evidence, code, ours, &answer, letters)};
}
