/* Pushes JSON Lines to newsmill, each article acknowledged: push [ENDPOINT [KEY SERVER_KEY]] <
 * articles.jsonl
 *
 *     cc push.c -o push $(pkg-config --cflags --libs newsmill)
 *
 * Exit code 0: all are acknowledged, 1: some were refused, 3: nothing answers. KEY and SERVER_KEY
 * are files of `newsmill keys make`, for an ingest with keys. */
#include <newsmill.h>
#include <stdio.h>
#include <stdlib.h>

struct count {
    unsigned long acknowledged, refused, unanswered;
};

static void answered(void *user, const struct newsmill_answer *answer)
{
    struct count *count = user;
    if (answer->accepted) {
        count->acknowledged++;
    } else if (answer->retry) {
        count->unanswered++;
    } else {
        count->refused++;
        (void)fprintf(stderr, "line %lu: %s: %s\n", (unsigned long)answer->tag, answer->error,
                      answer->message);
    }
}

int main(int argc, char **argv)
{
    struct count count = {0, 0, 0};
    struct newsmill_options options = {.endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:5552",
                                       .give_up_after_ms = 30000,
                                       .answered = answered,
                                       .user = &count,
                                       .key = argc > 2 ? argv[2] : NULL,
                                       .server_key = argc > 3 ? argv[3] : NULL};
    char why[NEWSMILL_WHY_BYTES], *line = NULL;
    struct newsmill *mill = newsmill_open(&options, why);
    if (!mill) {
        (void)fprintf(stderr, "push: %s\n", why);
        return 2;
    }
    size_t room = 0;
    for (uint64_t number = 1; count.unanswered == 0; number++) {
        ssize_t length = getline(&line, &room, stdin);
        if (length < 0)
            break;
        enum newsmill_result result;
        while ((result = newsmill_push_json(mill, line, (size_t)length, number, why)) ==
               NEWSMILL_FULL)
            newsmill_run(mill, 100);
        if (result != NEWSMILL_OK) {
            count.refused++;
            (void)fprintf(stderr, "line %lu: %s\n", (unsigned long)number, why);
        }
    }
    while (newsmill_in_flight(mill) > 0 && count.unanswered == 0)
        newsmill_run(mill, 100);
    if (count.unanswered) {
        const char *trouble = newsmill_trouble(mill);
        (void)fprintf(stderr, "push: nothing answers at %s%s%s\n", options.endpoint,
                      trouble ? ": " : "", trouble ? trouble : "");
    }
    (void)fprintf(stderr, "%lu acknowledged, %lu refused\n", count.acknowledged, count.refused);
    newsmill_close(mill);
    free(line);
    return count.unanswered ? 3 : count.refused ? 1 : 0;
}
