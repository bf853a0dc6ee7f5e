/* What a call that can fail answers, and the words that go with a failure.
 *
 * Every failure is one of three, decided once where the knowledge is:
 * RETRY  the world is at fault (a peer is gone, the database is down, nothing waits): try later;
 * REJECT the message is at fault: dead letter or a refusal to its producer, and go on;
 * FATAL  we are at fault, or the machine is (no memory, a damaged disk): log, exit, be restarted.
 */
#ifndef NEWSMILL_COMMON_STATUS_H
#define NEWSMILL_COMMON_STATUS_H

enum status { STATUS_OK = 0, STATUS_RETRY, STATUS_REJECT, STATUS_FATAL };

#define MUST_CHECK               __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Plain data, owned by the caller; filled by the function that decides on the failure.
 * `code` is stable, lower-case-with-dashes, and meant for programs; `message` is one sentence for
 * people, says what to do, and never holds article text. */
struct fault {
    enum status status;
    char code[40];
    char message[256];
};

/* Fills `fault` (which may be NULL) and returns `status`, so that a failing function can end with
 * `return fault_set(fault, STATUS_REJECT, "body-missing", "...");`. Long messages are cut. */
enum status fault_set(struct fault *fault, enum status status, const char *code, const char *format,
                      ...) PRINTF_LIKE(4, 5);

/* "ok", "retry", "reject", "fatal". */
const char *status_name(enum status status);

#endif
