/* Events by construction: who, to whom, whether, when, where and according to whom, one sentence of
 * our own for each; and what makes no event. */
#include "tests/unit/analysis_bench.h"

#define PUBLISHED INT64_C(1718193600000) /* Wednesday, 2024-06-12T12:00:00Z */

static const struct result *analyse(void **state, const char *text)
{
    struct article article = {
        .body = slice_from(text), .language = slice_from("en"), .published_ms = PUBLISHED};
    return bench_article(*state, &article);
}

static const struct result_event *event_of(const struct result *result, const char *type)
{
    for (size_t i = 0; i < result->events.count; i++) {
        const struct result_event *event = field_at(result->events, struct result_event, i);
        if (slice_is(event->type, type))
            return event;
    }
    return NULL;
}

static struct slice code_of(const struct field_list *role)
{
    return role->count ? field_at(*role, struct result_actor, 0)->code : SLICE_NULL;
}

static const struct {
    const char *construction, *text, *type, *source, *target, *modality;
    bool negated;
} rows[] = {
    {"subject and object", "Norway condemned Sweden.", "ACCUSE", "NOR", "SWE", "actual", false},
    {"agent of a passive", "Sweden was condemned by Norway.", "ACCUSE", "NOR", "SWE", "actual",
     false},
    {"preposition", "The Chilean president met with the Peruvian president.", "CONSULT", "CHL",
     "PER", "actual", false},
    {"preposition of a noun", "Egypt launched an attack against Libya.", "ASSAULT", "EGY", "LBY",
     "actual", false},
    {"compound", "Kenya police arrested a Somali trader.", "COERCE", "KEN", "SOM", "actual", false},
    {"possessive", "Kenya's army attacked Somali rebels.", "ASSAULT", "KEN", "SOM", "actual",
     false},
    {"relative clause", "Chad arrested the Libyan officers who attacked the town.", "COERCE", "TCD",
     "LBY", "actual", false},
    {"apposition", "Jane Moe, the Danish foreign minister, criticized Russia.", "ACCUSE", "DNK",
     "RUS", "actual", false},
    {"coordination", "Greece and Turkey agreed to open the border.", "AGREE", "GRC", NULL, "actual",
     false},
    {"coordinated objects", "Japan criticized China and Russia.", "ACCUSE", "JPN", "CHN", "actual",
     false},
    {"indirect object", "Japan gave Peru aid.", "AID", "JPN", "PER", "actual", false},
    {"control", "Norway promised to help Estonia.", "AGREE", "NOR", "EST", "actual", false},
    {"control by the object", "Egypt urged Israel to withdraw.", "REQUEST", "EGY", "ISR", "actual",
     false},
    {"raising", "Iran seems to support Syria.", "SUPPORT", "IRN", "SYR", "actual", false},
    {"noun with of and by", "The invasion of Kuwait by Iraq continued.", "ASSAULT", "IRQ", "KWT",
     "actual", false},
    {"noun with an owner", "Iraq's invasion of Kuwait shocked the world.", "ASSAULT", "IRQ", "KWT",
     "actual", false},
    {"light verb", "Turkey carried out an air strike on Syria.", "ASSAULT", "TUR", "SYR", "actual",
     false},
    {"particle", "Syria broke off talks with Israel.", "REJECT", "SYR", "ISR", "actual", false},
    {"threat is one event", "Iran threatened to attack Israel.", "THREATEN", "IRN", "ISR", "actual",
     false},
    {"refusal is one event", "Norway refused to help Estonia.", "REJECT", "NOR", "EST", "actual",
     false},
    {"not", "Iran did not attack Iraq.", "ASSAULT", "IRN", "IRQ", "actual", true},
    {"never", "Iran never attacked Iraq.", "ASSAULT", "IRN", "IRQ", "actual", true},
    {"no subject", "No Iranian soldier attacked Iraq.", "ASSAULT", "IRN", "IRQ", "actual", true},
    {"will", "Iran will attack Iraq.", "THREATEN", "IRN", "IRQ", "future", false},
    {"going to", "Iran is going to attack Iraq.", "THREATEN", "IRN", "IRQ", "future", false},
    {"plans to", "The German chancellor plans to visit Israel.", "CONSULT", "DEU", "ISR", "future",
     false},
    {"if", "If Iran attacks Iraq, prices will rise.", "ASSAULT", "IRN", "IRQ", "hypothetical",
     false},
    {"might", "Iran might attack Iraq.", "ASSAULT", "IRN", "IRQ", "hypothetical", false},
    {"would", "Iran would attack Iraq if it could.", "ASSAULT", "IRN", "IRQ", "hypothetical",
     false},
    {"history, a verb", "Germany invaded Poland in 1939.", "ASSAULT", "DEU", "POL", "historical",
     false},
    {"history, a noun", "The invasion of Poland by Germany in 1939 began the war.", "ASSAULT",
     "DEU", "POL", "historical", false},
    {"nationality", "Turkish jets bombed Syrian positions.", "ASSAULT", "TUR", "SYR", "actual",
     false},
    {"capitals for governments", "Moscow accused Kiev of lying.", "ACCUSE", "RUS", "UKR", "actual",
     false},
    {"bodies of many states", "The European Union imposed sanctions on Belarus.", "SANCTION", "IGO",
     "BLR", "actual", false},
    {"a trip of a government", "The US trade representative's trip to Japan began on Monday.",
     "CONSULT", "USA", "JPN", "actual", false},
    {"what should be", "The allies of Norway should accept the treaty.", "AGREE", "NOR", NULL,
     "hypothetical", false},
    {"what a text says",
     "The Danish parliament passed a resolution condemning Serbia for the attack.", "ACCUSE", "DNK",
     "SRB", "actual", false},
    {"what is demanded in a text",
     "The Swedish government issued a statement demanding that Chile free its leader.", "REQUEST",
     "SWE", "CHL", "actual", false},
    {"a duty to be ready",
     "The Danish minister said that Serbia must be ready to meet the Albanians.", "REQUEST", "DNK",
     "SRB", "actual", false},
    {"what a country will do", "China will reach out to Japan.", "CONSULT", "CHN", "JPN", "future",
     false},
    {"a stop of a trip",
     "Jane Moe, the Danish foreign minister, flew to Asia. Her first stop was Japan.", "CONSULT",
     "DNK", "JPN", "actual", false},
    {"a pronoun two clauses below", "Norway said that it would ban Estonia and fine Latvia.",
     "THREATEN", "NOR", "EST", "future", false},
};

static void test_each_construction(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = analyse(state, rows[i].text);
        const struct result_event *event = event_of(result, rows[i].type);
        if (!event)
            fail_msg("%s: no %s in: %s", rows[i].construction, rows[i].type, rows[i].text);
        struct slice source = code_of(&event->source), target = code_of(&event->target);
        if (!slice_is(source, rows[i].source) ||
            (rows[i].target && !slice_is(target, rows[i].target)))
            fail_msg("%s: %.*s to %.*s in: %s", rows[i].construction, (int)source.len, source.data,
                     (int)target.len, target.data, rows[i].text);
        if (!slice_is(event->modality, rows[i].modality) || event->negated != rows[i].negated)
            fail_msg("%s: %.*s, negated %d in: %s", rows[i].construction, (int)event->modality.len,
                     event->modality.data, event->negated, rows[i].text);
    }
}

/* Tense and time expressions; nothing that is still to come has the day of the article. */
static void test_when(void **state)
{
    static const struct {
        const char *text, *type, *date; /* NULL: none */
    } dates[] = {
        {"Norway condemned Sweden.", "ACCUSE", "2024-06-12"},
        {"Norway condemned Sweden on Monday.", "ACCUSE", "2024-06-10"},
        {"Norway condemned Sweden on 3 May 2024.", "ACCUSE", "2024-05-03"},
        {"Germany invaded Poland in 1939.", "ASSAULT", "1939"},
        {"Iran will attack Iraq.", "THREATEN", NULL},
        {"Iran might attack Iraq.", "ASSAULT", NULL},
    };
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        const struct result_event *event = event_of(analyse(state, dates[i].text), dates[i].type);
        if (!event || !slice_equal(event->date, slice_from(dates[i].date)))
            fail_msg("%.*s in: %s", event ? (int)event->date.len : 0, event ? event->date.data : "",
                     dates[i].text);
    }
}

static void test_where(void **state)
{
    const struct result *result = analyse(state, "The Norwegian minister met the envoy in Geneva.");
    const struct result_event *event = event_of(result, "CONSULT");
    assert_non_null(event);
    assert_true(event->place != FIELD_NONE);
    const struct result_place *place =
        field_at(result->places, struct result_place, (size_t)event->place);
    assert_true(slice_is(place->text, "Geneva"));
}

static void test_according_to_whom(void **state)
{
    static const char *const texts[] = {
        "Tokyo said Beijing had attacked Taiwan.", "China attacked Taiwan, Tokyo said.",
        "According to Tokyo, China attacked Taiwan.", "China attacked Taiwan, according to Tokyo."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct result_event *event = event_of(analyse(state, texts[i]), "ASSAULT");
        assert_non_null(event);
        assert_true(slice_is(code_of(&event->source), "CHN"));
        assert_non_null(event->attributed);
        assert_true(slice_is(event->attributed->text, "Tokyo"));
    }
    assert_null(event_of(analyse(state, "China attacked Taiwan."), "ASSAULT")->attributed);
}

static bool has_context(const struct result_event *event, const char *context)
{
    for (size_t i = 0; i < event->contexts.count; i++)
        if (slice_is(*field_at(event->contexts, struct slice, i), context))
            return true;
    return false;
}

/* PLOVER's modes and contexts, from the pattern, its code, and the words of the event's clause. */
static void test_modes_and_contexts(void **state)
{
    static const struct {
        const char *text, *type, *mode, *context; /* NULL: none, any */
    } cases[] = {
        {"Egypt urged Israel to resume talks.", "REQUEST", "meet", NULL},
        {"Egypt urged Israel to withdraw its troops.", "REQUEST", "yield", "military"},
        {"Nepal demanded reforms from India.", "REQUEST", "change", NULL},
        {"Norway refused to send aid to Estonia.", "REJECT", "assist", NULL},
        {"Iran threatened to attack Israel.", "THREATEN", "violence", NULL},
        {"Iran threatened to impose tariffs on Israel.", "THREATEN", "restrict", "economic"},
        {"Iran attacked Iraq with drones.", "ASSAULT", "drone", NULL},
        {"Iranian artillery attacked Iraq.", "ASSAULT", "heavy-weapons", "military"},
        {"France, Norway and Poland met Sweden.", "CONSULT", "multilateral", NULL},
        {"Kenya police arrested a refugee from Somalia.", "COERCE", "arrest", "asylum"},
        {"Sweden and Poland agreed to cut emissions.", "AGREE", NULL, "environment"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct result_event *event = event_of(analyse(state, cases[i].text), cases[i].type);
        if (!event)
            fail_msg("no %s in: %s", cases[i].type, cases[i].text);
        if (!slice_equal(event->mode, slice_from(cases[i].mode)))
            fail_msg("mode %.*s in: %s", (int)event->mode.len, event->mode.data, cases[i].text);
        if (cases[i].context && !has_context(event, cases[i].context))
            fail_msg("not %s: %s", cases[i].context, cases[i].text);
    }
}

/* A clause has its own contexts, not those of the sentence. */
static void test_contexts_are_of_the_clause(void **state)
{
    const struct result *result = analyse(
        state, "Norway condemned Sweden and the doctors have treated patients in a hospital.");
    const struct result_event *event = event_of(result, "ACCUSE");
    assert_non_null(event);
    assert_false(has_context(event, "health"));
}

static void repeat(char *out, size_t size, const char *piece, const char *end)
{
    size_t len = 0, of_piece = strlen(piece);
    while (len + of_piece + strlen(end) + 1 < size) {
        memcpy(out + len, piece, of_piece);
        len += of_piece;
    }
    (void)strcpy(out + len, end);
}

/* Sentences of 5,000 words and more, whatever they are made of, take seconds at most under
 * sanitizers, and few events come out. */
static void test_unending_sentences(void **state)
{
    static const struct {
        const char *piece, *end;
    } texts[] = {{"Iran attacked Iraq and ", "Iran attacked Iraq."},
                 {"Smith, Iran, Jones, Iraq, Brown, ", "Taylor."},
                 {"that Iran said ", "Iraq attacked Iran."},
                 {"the army of ", "Iran attacked Iraq."},
                 {"attack ", "attack."}};
    static char text[40000];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        repeat(text, sizeof text, texts[i].piece, texts[i].end);
        const struct result *result = analyse(state, text);
        assert_true(result->events.count <= 10);
        assert_true(result->targets.count <= 5000);
    }
}

static void test_no_event_rather_than_a_wild_one(void **state)
{
    static const char *const texts[] = {
        /* tables */
        "Country | Population | Army\nIran | 80 million | 500,000\nIraq | 40 million | 200,000",
        "Iran | attack | 5\n\nIraq | strike | 7\n\nChad | bomb | 9",
        /* lists of names */
        "President Putin, President Xi, Prime Minister Modi, Chancellor Scholz and King Charles.",
        "Norway, Sweden, Iran, Iraq, Peru, Chile, Chad, Mali",
        /* all capitals */
        "IRAN 2 IRAQ 1\n\nPOLAND 0 CHILE 3",
        "CONTACT THE PRESS OFFICE OF THE EMBASSY OF NORWAY",
        /* no verb */
        "A cold grey morning in Oslo. Rain. Wind over the harbour of Norway.",
        /* no deed */
        "Iran is larger than Iraq.",
        "The war in Iraq is long.",
        "The interests of Iran and Iraq clash.",
        "The bus to Norway has its next stop in Oslo.",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct result *result = analyse(state, texts[i]);
        if (result->events.count > 0)
            fail_msg("%s in: %s", field_at(result->events, struct result_event, 0)->type.data,
                     texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_construction),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_according_to_whom),
        cmocka_unit_test(test_modes_and_contexts),
        cmocka_unit_test(test_contexts_are_of_the_clause),
        cmocka_unit_test(test_unending_sentences),
        cmocka_unit_test(test_no_event_rather_than_a_wild_one),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
