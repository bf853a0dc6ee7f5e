/* newsmill alerts add|list|drop: the rules that watch for articles. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/cli/clean.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/storage/alerts.h"

#define SHOWN_BYTES 200 /* of a part of a rule in a list */

/* ---- add ---- */

static const struct asked {
    const char *option;
    enum alert_part part;
} asked[] = {
    {"actor", ALERT_ACTOR}, {"event-type", ALERT_EVENT_TYPE}, {"theme", ALERT_THEME},
    {"place", ALERT_PLACE}, {"source", ALERT_SOURCE},         {"language", ALERT_LANGUAGE},
    {"query", ALERT_QUERY}, {"tone-below", ALERT_TONE_BELOW}, {"tone-above", ALERT_TONE_ABOVE},
};

static enum status check_number(const char *option, const char *text, struct fault *fault)
{
    char *end;
    if (!text)
        return STATUS_OK;
    double value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(value)
               ? STATUS_OK
               : fault_set(fault, STATUS_REJECT, "bad-value", "--%s wants a number, not '%.40s'",
                           option, text);
}

/* SOURCE,TARGET; one of them may be empty: anybody. */
static enum status read_pair(const char *text, struct slice parts[ALERT_PARTS], struct fault *fault)
{
    const char *comma = text ? strchr(text, ',') : NULL;
    if (!text)
        return STATUS_OK;
    if (!comma || strlen(text) < 2 || strchr(comma + 1, ','))
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "--pair wants who did it and whom it was done to, as in RUS,UKR");
    if (comma > text)
        parts[ALERT_PAIR_SOURCE] = (struct slice){text, (size_t)(comma - text)};
    if (comma[1])
        parts[ALERT_PAIR_TARGET] = slice_from(comma + 1);
    return STATUS_OK;
}

static enum status read_rule(const struct options *options, const char *name,
                             struct slice parts[ALERT_PARTS], struct fault *fault)
{
    bool any = false;
    parts[ALERT_RULE] = slice_from(name);
    enum status status = read_pair(options_text(options, "pair"), parts, fault);
    if (status == STATUS_OK)
        status = check_number("tone-below", options_text(options, "tone-below"), fault);
    if (status == STATUS_OK)
        status = check_number("tone-above", options_text(options, "tone-above"), fault);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const char *value = options_text(options, asked[i].option);
        if (value)
            parts[asked[i].part] = slice_from(value);
    }
    for (int i = ALERT_RULE + 1; i < ALERT_PARTS; i++)
        any = any || parts[i].data;
    if (status == STATUS_OK && !any)
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "a rule must ask for something: --actor, --pair, --query, …");
    return status;
}

static enum status add(const struct options *options, const char *name, struct alerts *alerts,
                       int *code, struct fault *fault)
{
    struct slice parts[ALERT_PARTS] = {{NULL, 0}};
    enum status status = read_rule(options, name, parts, fault);
    if (status == STATUS_OK)
        status = alerts_add(alerts, parts, fault);
    bool there = status == STATUS_REJECT && strcmp(fault->code, "rule-exists") == 0;
    if (there)
        (void)fprintf(stderr, "newsmill alerts: %s\n", fault->message);
    *code = there ? EXIT_REFUSED : EXIT_DONE;
    return there ? STATUS_OK : status;
}

/* ---- list ---- */

static enum status list_json(const struct alert_rule *rule, struct fault *fault)
{
    json_t *object = json_object();
    bool made = object != NULL;
    for (int i = 0; i < ALERT_PARTS && made; i++) {
        struct slice part = rule->parts[i];
        json_t *value = !part.data              ? json_null()
                        : i >= ALERT_TONE_BELOW ? json_real(strtod(part.data, NULL))
                                                : json_stringn(part.data, part.len);
        made = json_object_set_new(object, alert_part_names[i], value) == 0;
    }
    made = made && json_object_set_new(object, "matches", json_integer(rule->matches)) == 0 &&
           json_dumpf(object, stdout, JSON_COMPACT) == 0;
    json_decref(object);
    (void)putchar('\n');
    return made ? STATUS_OK : fault_set(fault, STATUS_FATAL, "cannot-write", "cannot print a rule");
}

/* Names and queries are people's text: made harmless for the terminal. */
static enum status list_line(const struct alert_rule *rule)
{
    clean_print(stdout, rule->parts[ALERT_RULE], SHOWN_BYTES);
    (void)printf(": ");
    for (int i = ALERT_RULE + 1, shown = 0; i < ALERT_PARTS; i++) {
        if (!rule->parts[i].data)
            continue;
        (void)printf("%s%s ", shown++ ? ", " : "", alert_part_names[i]);
        clean_print(stdout, rule->parts[i], SHOWN_BYTES);
    }
    (void)printf("; %" PRId64 " matches\n", rule->matches);
    return STATUS_OK;
}

static enum status list_one(void *user, const struct alert_rule *rule, struct fault *fault)
{
    const bool *json = user;
    return *json ? list_json(rule, fault) : list_line(rule);
}

static enum status list(const struct options *options, const char *name, struct alerts *alerts,
                        int *code, struct fault *fault)
{
    bool json = options_flag(options, "json");
    (void)name;
    *code = EXIT_DONE;
    return alerts_list(alerts, list_one, &json, fault);
}

/* ---- drop ---- */

static enum status drop(const struct options *options, const char *name, struct alerts *alerts,
                        int *code, struct fault *fault)
{
    bool dropped = false;
    (void)options;
    enum status status = alerts_drop(alerts, slice_from(name), &dropped, fault);
    if (status == STATUS_OK && !dropped)
        (void)fprintf(stderr, "newsmill alerts: no rule is called that\n");
    *code = dropped ? EXIT_DONE : EXIT_REFUSED;
    return status;
}

/* ---- the command ---- */

static const struct verb {
    const char *name;
    bool wants_rule;
    enum status (*run)(const struct options *options, const char *name, struct alerts *alerts,
                       int *code, struct fault *fault);
} verbs[] = {{"add", true, add}, {"list", false, list}, {"drop", true, drop}};

static const struct verb *find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

int alerts_main(const struct options *options)
{
    const char *name = options_operand(options, 1);
    const struct verb *verb = find(options_operand(options, 0));
    struct alerts *alerts = NULL;
    struct place place;
    struct fault fault;
    int code = EXIT_DONE;
    if (!verb || verb->wants_rule != (name != NULL) || (name && !*name)) {
        (void)fprintf(stderr,
                      "newsmill: alerts wants add RULE, list, or drop RULE; newsmill alerts "
                      "--help says more\n");
        return EXIT_USAGE;
    }
    enum status status = place_database(options, &place, &fault);
    if (status == STATUS_OK)
        status = alerts_open(place.database, &alerts, &fault);
    if (status == STATUS_OK)
        status = verb->run(options, name, alerts, &code, &fault);
    alerts_close(alerts);
    return status == STATUS_OK ? code : command_failed(&fault);
}
