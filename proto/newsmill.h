/* libnewsmill: pushes news articles to newsmill's ingest from programs in C. Each is acknowledged.
 *
 *     #include <newsmill.h>                        cc program.c $(pkg-config --cflags --libs
 * newsmill)
 *
 *     static void answered(void *user, const struct newsmill_answer *answer) { … }
 *
 *     struct newsmill_options options = {.endpoint = "tcp://127.0.0.1:5552", .answered = answered};
 *     char why[NEWSMILL_WHY_BYTES];
 *     struct newsmill *mill = newsmill_open(&options, why);
 *     if (!mill) …
 *     for (each article)
 *         while (newsmill_push_json(mill, text, length, number, why) == NEWSMILL_FULL)
 *             newsmill_run(mill, 100);
 *     while (newsmill_in_flight(mill) > 0)
 *         newsmill_run(mill, 100);
 *     newsmill_close(mill);
 *
 * Asynchronous. Pushing never waits: up to `window` articles are in flight, and answers come to
 * `answered`, from within newsmill_run(), in any order, exactly one for each article that was
 * pushed. An answer that says accepted means that the article is on ingest's disk.
 *
 * Many. With `gathers`, what is pushed goes out with the next newsmill_run(), or when it fills a
 * message: several articles travel in one, and are answered one by one. A third less work for
 * ingest where thousands are pushed a second; call newsmill_run() before anything that may wait.
 *
 * Reconnection. A connection that ends is made anew, and one whose other end is cut off is ended
 * after 6 s. An article without an answer for `resend_after_ms` is sent again: ingest and storage
 * know copies, so that it is stored once however often it comes.
 *
 * Overload. When ingest answers "overloaded" the article is sent again behind the time that ingest
 * asks for, and a capped, jittered pause; until then it stays in the window, so that the window
 * fills and newsmill_push() says NEWSMILL_FULL: that is the back-pressure. With `tells_retry` such
 * answers come to `answered` instead.
 *
 * Threads. A struct newsmill belongs to one thread at a time; several of them are independent. The
 * library starts ZeroMQ's own thread, writes nothing to stdout or stderr, and installs no signal
 * handlers. After fork() only the parent may go on with it. */
#ifndef NEWSMILL_H
#define NEWSMILL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NEWSMILL_WHY_BYTES 256

struct newsmill;

/* What became of one article. Borrowed for the call. */
struct newsmill_answer {
    uint64_t tag;        /* of newsmill_push() */
    int accepted;        /* it is in the journal */
    int duplicate;       /* and was there before, with the same content */
    const char *article; /* the UUID it has from now on, 36 characters; NULL when not accepted */
    const char *error;   /* else why: a stable code ("body-missing"); NULL when accepted */
    const char *message; /* and one sentence; NULL when accepted */
    int retry;           /* it may be accepted later: "overloaded", "no-answer" */
    uint32_t retry_after_ms; /* with `retry`: not before; 0: not said */
};

/* What is 0 or NULL is chosen by the library. Strings are copied. */
struct newsmill_options {
    const char *endpoint;     /* the push socket of ingest: tcp://HOST:PORT or ipc://PATH */
    uint32_t window;          /* articles in flight, at most; 256 */
    int64_t resend_after_ms;  /* 5000 */
    int64_t give_up_after_ms; /* when nothing is answered at all for so long, or ingest will not
                                 have our key, the articles in flight are answered "no-answer"; 0:
                                 never */
    void (*answered)(void *user, const struct newsmill_answer *answer); /* required */
    void *user;
    int tells_retry; /* answers that say retry come to answered() */
    /* Files of `newsmill keys make`, for ingest with keys: our secret one, and the public one of
     * ingest. Without them only this host is talked to, unless `insecure`. */
    const char *key, *server_key;
    int insecure;
    int gathers; /* articles wait for the next newsmill_run() and go out together */
};

enum newsmill_result {
    NEWSMILL_OK,
    NEWSMILL_FULL,    /* the window is: newsmill_run(), then again */
    NEWSMILL_REFUSED, /* this is no article, or too long: it will never be accepted */
    NEWSMILL_FAILED   /* no memory */
};

/* NULL when an option cannot be used, with one sentence in `why`. Whether ingest is there is not
 * looked at: what is pushed before waits for it. */
struct newsmill *newsmill_open(const struct newsmill_options *options,
                               char why[NEWSMILL_WHY_BYTES]);
/* What is in flight is not waited for, and not answered. NULL is fine. */
void newsmill_close(struct newsmill *mill);

/* Queues one article, which is copied: a MessagePack map, or a JSON object, with the keys that
 * proto/README.md lists; only `body` is required. `tag` comes back with the answer. `why` may be
 * NULL; it is filled where the result is neither OK nor FULL. */
enum newsmill_result newsmill_push(struct newsmill *mill, const void *article, size_t length,
                                   uint64_t tag, char why[NEWSMILL_WHY_BYTES]);
enum newsmill_result newsmill_push_json(struct newsmill *mill, const char *article, size_t length,
                                        uint64_t tag, char why[NEWSMILL_WHY_BYTES]);

/* Sends, takes answers, sends again what is due; waits at most `timeout_ms` for something to
 * happen. Call it often while articles are in flight; in a loop of your own with 0. */
void newsmill_run(struct newsmill *mill, int timeout_ms);

/* Articles pushed and not yet answered. */
uint32_t newsmill_in_flight(const struct newsmill *mill);
/* Whether there is a connection to ingest, as of the last run. */
int newsmill_connected(const struct newsmill *mill);
/* Why nothing answers, as far as it is known: a clause that says which side refuses whom; or NULL.
 * Valid until the next run. */
const char *newsmill_trouble(const struct newsmill *mill);

/* Of the library that runs, "0.1.0". */
const char *newsmill_version(void);

#ifdef __cplusplus
}
#endif

#endif
