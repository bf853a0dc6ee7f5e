/* The lines of the picture. What other machines said (hosts, versions) goes out without control
 * characters. */
#include "worker/cli/top_frame.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "worker/cli/clean.h"

#define LINE_BYTES 512

enum colour { PLAIN, BOLD, RED, YELLOW, GREEN };
static const char *const codes[] = {"", "\033[1m", "\033[1;31m", "\033[33m", "\033[32m"};

struct frame {
    const struct top_look *look;
    struct buffer *out;
    int lines;
};

/* How many bytes of `text` fill `columns` cells; one character, one cell. */
static size_t fit(struct slice text, int columns)
{
    size_t at = 0;
    for (int cells = 0; at < text.len; cells++) {
        if (cells == columns)
            break;
        at++;
        while (at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

static void put_line(struct frame *frame, enum colour colour, struct slice text)
{
    if (frame->lines >= frame->look->rows)
        return;
    bool coloured = frame->look->colours && colour != PLAIN;
    if (frame->lines++ > 0)
        buffer_append_slice(frame->out, SLICE_LITERAL("\n"));
    if (coloured)
        buffer_append_slice(frame->out, slice_from(codes[colour]));
    clean_append(frame->out, (struct slice){text.data, fit(text, frame->look->columns)}, SIZE_MAX);
    if (coloured)
        buffer_append_slice(frame->out, SLICE_LITERAL("\033[0m"));
}

__attribute__((format(printf, 3, 4))) static void line(struct frame *frame, enum colour colour,
                                                       const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len >= (int)sizeof text)
        len = (int)sizeof text - 1;
    put_line(frame, colour, (struct slice){text, len < 0 ? 0 : (size_t)len});
}

/* "950 ms", "1.2 s", "4 min", "3 h", "2 d"; "" without an age. */
static const char *short_age(int64_t ms, char out[24])
{
    if (ms == FIELD_NONE)
        return "";
    if (ms < 1000)
        (void)snprintf(out, 24, "%" PRId64 " ms", ms < 0 ? 0 : ms);
    else if (ms < 120000)
        (void)snprintf(out, 24, "%.1f s", (double)ms / 1000);
    else if (ms < 7200000)
        (void)snprintf(out, 24, "%" PRId64 " min", ms / 60000);
    else if (ms < INT64_C(172800000))
        (void)snprintf(out, 24, "%" PRId64 " h", ms / 3600000);
    else
        (void)snprintf(out, 24, "%" PRId64 " d", ms / 86400000);
    return out;
}

static const char *short_bytes(uint64_t bytes, char out[24])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    (void)snprintf(out, 24, "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
    return out;
}

static void head(struct frame *frame, const struct standing *standing)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(frame->look->wall_ms, now);
    line(frame, BOLD, "newsmill %s   %.10s %.8s UTC   %zu of %zu ingest nodes answer",
         NEWSMILL_VERSION, now, now + 11, standing->node_count, standing->asked);
    if (frame->look->trouble)
        line(frame, RED, "%s", frame->look->trouble);
    if (standing->database)
        line(frame, PLAIN, "database %s", standing->database);
}

static void books(struct frame *frame, const struct standing *standing)
{
    struct link_books sum = standing_books(standing);
    bool balance = standing_balances(standing);
    line(frame, PLAIN,
         "accepted %" PRIu64 " = stored %" PRIu64 " + duplicate %" PRIu64 " + dead %" PRIu64
         " + in flight %" PRIu64,
         sum.accepted, sum.stored, sum.duplicate, sum.dead, sum.in_flight);
    line(frame, balance ? GREEN : RED, "the books %s; refused %" PRIu64,
         balance ? "balance" : "DO NOT BALANCE", sum.refused);
}

static bool is_fine(struct slice stage)
{
    return slice_is(stage, "none") || slice_is(stage, "producers");
}

/* The sentence may take two lines. */
static void bottleneck(struct frame *frame, const struct standing *standing)
{
    struct standing_bottleneck found = standing_bottleneck(standing);
    char text[LINE_BYTES];
    if (!found.stage.data)
        return;
    enum colour colour = is_fine(found.stage) ? GREEN : YELLOW;
    int len = snprintf(text, sizeof text, "bottleneck  %.*s: %.*s", (int)found.stage.len,
                       found.stage.data, (int)found.why.len, found.why.data);
    struct slice rest = {text, len < (int)sizeof text ? (size_t)len : sizeof text - 1};
    size_t first = fit(rest, frame->look->columns);
    while (first < rest.len && first > 0 && rest.data[first] != ' ')
        first--;
    if (first == 0)
        first = fit(rest, frame->look->columns);
    put_line(frame, colour, slice_sub(rest, 0, first));
    rest = slice_trim(slice_sub(rest, first, rest.len));
    if (rest.len > 0)
        line(frame, colour, "            %.*s", (int)rest.len, rest.data);
}

static void stages(struct frame *frame, const struct standing *standing)
{
    struct link_stage all[STANDING_STAGES_MAX];
    size_t count = standing_stages(standing, all);
    char age[24];
    if (count == 0)
        return;
    line(frame, PLAIN, "%s", "");
    line(frame, BOLD, "%-10s %10s %10s %10s %10s %12s", "stage", "queue", "in hands", "retrying",
         "oldest", "articles/s");
    for (size_t i = 0; i < count; i++)
        line(frame, PLAIN, "%-10.*s %10" PRIu32 " %10" PRIu32 " %10" PRIu32 " %10s %12.1f",
             (int)all[i].stage.len, all[i].stage.data, all[i].ready, all[i].leased, all[i].waiting,
             short_age(all[i].oldest_ms, age), all[i].rate);
}

static void cluster(struct frame *frame, const struct link_status *node)
{
    bool fine = node->refuses.len == 0;
    struct slice said = fine ? node->cluster_node : node->refuses;
    line(frame, fine ? PLAIN : RED,
         "node %.*s: backlog at %.*s, %" PRIu64 " queued, %" PRIu64 " unconfirmed",
         (int)node->books.node.len, node->books.node.data ? node->books.node.data : "",
         (int)said.len, said.len ? said.data : "", node->queued, node->unconfirmed);
}

static void nodes(struct frame *frame, const struct standing *standing)
{
    char journal[24], disk[24];
    line(frame, PLAIN, "%s", "");
    for (size_t i = 0; i < standing->node_count; i++) {
        const struct link_status *node = standing->nodes[i];
        if (slice_is(node->engine, "amqp")) {
            cluster(frame, node);
            continue;
        }
        bool fine = slice_is(node->disk, "fine") && slice_is(node->backlog, "fine") &&
                    node->journal_damaged == 0;
        line(frame, fine ? PLAIN : RED,
             "node %.*s: journal %s, disk %.*s (%s free), backlog %.*s%s",
             (int)node->books.node.len, node->books.node.data ? node->books.node.data : "",
             short_bytes(node->journal_bytes, journal), (int)node->disk.len,
             node->disk.data ? node->disk.data : "", short_bytes(node->disk_free, disk),
             (int)node->backlog.len, node->backlog.data ? node->backlog.data : "",
             node->journal_damaged ? ", DAMAGED" : "");
    }
}

static void worker_line(struct frame *frame, const struct link_worker *worker)
{
    bool running = slice_is(worker->state, "running");
    bool full = worker->credit_messages > 0 && worker->outstanding >= worker->credit_messages;
    line(frame, running ? PLAIN : YELLOW,
         "%-8.*s %-22.*s %8" PRId64 "  %-8.*s %8" PRIu32 "%c %10" PRIu64 " %8" PRIu64,
         (int)worker->role.len, worker->role.data ? worker->role.data : "", (int)worker->host.len,
         worker->host.data ? worker->host.data : "", worker->pid, (int)worker->state.len,
         worker->state.data ? worker->state.data : "", worker->outstanding, full ? '*' : ' ',
         worker->done, worker->failed);
}

static void workers(struct frame *frame, const struct standing *standing)
{
    size_t shown = 0, all = 0;
    for (size_t n = 0; n < standing->node_count; n++)
        all += standing->nodes[n]->workers.count;
    line(frame, PLAIN, "%s", "");
    line(frame, BOLD, "%-8s %-22s %8s  %-8s %8s  %10s %8s", "role", "host", "pid", "state", "holds",
         "done", "failed");
    for (size_t n = 0; n < standing->node_count; n++)
        for (size_t i = 0; i < standing->nodes[n]->workers.count; i++) {
            /* The last line says how many did not fit. */
            if (frame->lines + 1 >= frame->look->rows && all - shown > 1) {
                line(frame, PLAIN, "… %zu more workers", all - shown);
                return;
            }
            worker_line(frame, field_at(standing->nodes[n]->workers, struct link_worker, i));
            shown++;
        }
    if (all == 0)
        line(frame, RED, "no workers: start newsmill analyze and newsmill store");
}

void top_frame(const struct standing *standing, const struct top_look *look, struct buffer *out)
{
    struct frame frame = {.look = look, .out = out};
    head(&frame, standing);
    if (standing->node_count == 0)
        return;
    books(&frame, standing);
    bottleneck(&frame, standing);
    stages(&frame, standing);
    nodes(&frame, standing);
    workers(&frame, standing);
}
