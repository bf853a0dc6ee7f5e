/* The one table of the dashboard's questions. */
#include "worker/dashboard/questions.h"

#include "dashboard/embedded.h"

/* Without them: since yesterday 00:00 UTC, until now. */
#define FROM                                                                                       \
    {                                                                                              \
        .name = "from", .kind = PARAMETER_TIME, .fallback = "yesterday"                            \
    }
#define TO                                                                                         \
    {                                                                                              \
        .name = "to", .kind = PARAMETER_TIME, .fallback = "tomorrow"                               \
    }
#define SOURCE                                                                                     \
    {                                                                                              \
        .name = "source", .kind = PARAMETER_TEXT                                                   \
    }
#define LANGUAGE                                                                                   \
    {                                                                                              \
        .name = "language", .kind = PARAMETER_CODE                                                 \
    }
#define COUNTRY                                                                                    \
    {                                                                                              \
        .name = "country", .kind = PARAMETER_CODE                                                  \
    }
#define NUMBER(name_, fallback_, min_, max_)                                                       \
    {                                                                                              \
        .name = name_, .kind = PARAMETER_NUMBER, .fallback = fallback_, .min = min_, .max = max_   \
    }
#define CHOICE(name_, fallback_, choices_)                                                         \
    {                                                                                              \
        .name = name_, .kind = PARAMETER_CHOICE, .fallback = fallback_, .choices = choices_        \
    }

const struct question questions[] = {
    {"/api/pipeline", sql_pipeline, {{.name = NULL}}},
    {"/api/dead",
     sql_dead,
     {{.name = "stage", .kind = PARAMETER_CODE}, {.name = "code", .kind = PARAMETER_CODE}}},
    {"/api/sources", sql_sources, {FROM, TO}},
    {"/api/articles",
     sql_articles,
     {FROM, TO, SOURCE, LANGUAGE, COUNTRY, CHOICE("order", "newest", "newest darkest brightest")}},
    {"/api/search",
     sql_search,
     {{.name = "q", .kind = PARAMETER_TEXT, .required = true},
      FROM,
      TO,
      SOURCE,
      LANGUAGE,
      NUMBER("offset", "0", 0, 1000)}},
    {"/api/article", sql_article, {{.name = "article", .kind = PARAMETER_UUID, .required = true}}},
    {"/api/map", sql_map, {FROM, TO, SOURCE}},
    {"/api/mentions", sql_mentions, {FROM, TO, {.name = "name", .kind = PARAMETER_TEXT}, COUNTRY}},
    {"/api/tone",
     sql_tone,
     {FROM, TO, NUMBER("bucket", "3600", 60, 31536000),
      CHOICE("by", "source", "source country language")}},
    {"/api/matrix", sql_matrix, {FROM, TO}},
    {"/api/events",
     sql_events,
     {FROM,
      TO,
      {.name = "actor", .kind = PARAMETER_CODE},
      {.name = "target", .kind = PARAMETER_CODE},
      NUMBER("quad", NULL, 1, 4),
      {.name = "type", .kind = PARAMETER_CODE},
      CHOICE("actual", "false", "true false")}},
    {"/api/trending", sql_trending, {FROM, TO}},
    {"/api/stories", sql_stories, {FROM, TO, CHOICE("order", "wide", "wide new")}},
    {"/api/story", sql_story, {{.name = "story", .kind = PARAMETER_UUID, .required = true}}},
};
const size_t question_count = sizeof questions / sizeof *questions;
