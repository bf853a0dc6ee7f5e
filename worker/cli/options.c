/* The one table of options: names, ranges, defaults and help of every command.
 *
 * A name that several commands use with different meanings has a row for each. `up` takes the
 * tuning options of its workers and hands on those that were given. */
#include "worker/cli/command.h"

#define PORT_PUSH   "tcp://127.0.0.1:5552"
#define PORT_INGEST "tcp://127.0.0.1:5551"
#define PORT_WORK   "tcp://127.0.0.1:5553"

#define UP      COMMAND_UP
#define INGEST  COMMAND_INGEST
#define ANALYZE COMMAND_ANALYZE
#define STORE   COMMAND_STORE

/* The commands that have ZeroMQ sockets. */
#define ZEROMQ                                                                                     \
    (UP | INGEST | ANALYZE | STORE | COMMAND_PUSH | COMMAND_WATCH | COMMAND_STATUS |               \
     COMMAND_DEAD | COMMAND_WORKER | COMMAND_REPLAY | COMMAND_TOP | COMMAND_TAP | COMMAND_TRACE)

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

const struct option option_table[] = {
    {"config", OPTION_TEXT, NULL, 0, 0, COMMAND_ALL, "FILE", "a file of options, name = value"},
    {"log-level", OPTION_CHOICE, "info", 0, 0, COMMAND_ALL & ~(unsigned)COMMAND_CONFIG,
     "debug|info|warn|error", "the least important lines to log"},
    {"log-format", OPTION_CHOICE, "text", 0, 0, COMMAND_ALL & ~(unsigned)COMMAND_CONFIG,
     "text|json", "how lines are logged; json: an object a line, for collectors"},
    {"log", OPTION_FILES, NULL, 0, 0, COMMAND_TRACE, "FILE,…",
     "look in these logs and trails too; - is standard input; may be given several times"},
    {"trail", OPTION_TEXT, "off", 0, 0, INGEST | ANALYZE | STORE, "FILE",
     "write here what happens to each article, for newsmill trace; off: nowhere"},
    {"trail-bytes", OPTION_INT, "33554432", 0, INT64_MAX, UP | INGEST | ANALYZE | STORE, "N",
     "size at which a trail is written over from its beginning; up has one a worker in DIR/trail; "
     "0: none"},

    {"data", OPTION_TEXT, "./newsmill-data", 0, 0,
     UP | INGEST | COMMAND_STATUS | COMMAND_JOURNAL | COMMAND_DEAD | COMMAND_WORKER |
         COMMAND_REPLAY | COMMAND_TOP | COMMAND_TAP | COMMAND_ALERTS | COMMAND_EXPORT |
         COMMAND_ROLLUPS | COMMAND_RETAIN | COMMAND_TRACE,
     "DIR", "the folder with the journal and, for up, the private database"},
    {"db", OPTION_TEXT, NULL, 0, 0, UP, "URI",
     "use this PostgreSQL (libpq URI) instead of a private one under --data"},
    {"db", OPTION_TEXT, NULL, 0, 0, STORE | COMMAND_MIGRATE | COMMAND_DASHBOARD, "URI",
     "PostgreSQL, a libpq URI; without it libpq's environment decides"},
    {"db", OPTION_TEXT, NULL, 0, 0,
     COMMAND_DEAD | COMMAND_REPLAY | COMMAND_ALERTS | COMMAND_EXPORT | COMMAND_ROLLUPS |
         COMMAND_RETAIN | COMMAND_TRACE,
     "URI", "PostgreSQL (libpq URI) instead of the one of the newsmill that runs in --data"},
    {"analyzers", OPTION_INT, NULL, 0, 256, UP, "N",
     "analysis workers to run; default: one less than there are cores, at least 1"},
    {"stores", OPTION_INT, "1", 0, 64, UP, "N", "storage workers to run"},
    {"http", OPTION_ADDRESS, "127.0.0.1:8080", 0, 0, UP, "HOST:PORT",
     "dashboard, /metrics, /healthz and /readyz; port 0 picks a free one"},

    {"http", OPTION_ADDRESS, "127.0.0.1:8090", 0, 0, COMMAND_DASHBOARD, "HOST:PORT",
     "serve the dashboard here; port 0 picks a free one; systemd: on its .socket unit's"},
    {"http", OPTION_ADDRESS, "off", 0, 0, INGEST | ANALYZE | STORE, "HOST:PORT",
     "this worker's own /metrics, /healthz and /readyz; port 0 picks a free one; systemd: on its "
     ".socket unit's; off: none"},

    {"http-open", OPTION_FLAG, "no", 0, 0, UP | COMMAND_DASHBOARD | INGEST | ANALYZE | STORE, NULL,
     "--http may be another address than loopback: whoever reaches it may read all it serves"},

    {"key", OPTION_TEXT, NULL, 0, 0, ZEROMQ, "FILE",
     "this side's secret key (newsmill keys make): ZeroMQ over TCP is encrypted, and each side "
     "proves who it is"},
    {"server-key", OPTION_TEXT, NULL, 0, 0, ZEROMQ & ~(unsigned)(UP | INGEST), "FILE",
     "the public key of ingest; default: that of --key, where both use the same"},
    {"allow-producers", OPTION_TEXT, NULL, 0, 0, UP | INGEST, "DIR",
     "a folder of public keys that may push, looked at every second; ingest's own always may"},
    {"allow-workers", OPTION_TEXT, NULL, 0, 0, UP | INGEST, "DIR",
     "likewise, of workers, and of people who ask status, dead, replay, top, tap, worker"},
    {"connections", OPTION_INT, "1024", 16, 65000, UP | INGEST, "N",
     "connections to ingest; beyond, who has said nothing for longest is cut"},
    {"insecure", OPTION_FLAG, "no", 0, 0, ZEROMQ, NULL,
     "use other hosts' addresses without keys: whoever reaches them may push, and see all that "
     "passes"},
    {"without-sandbox", OPTION_FLAG, "no", 0, 0, UP | INGEST | ANALYZE | STORE | COMMAND_DASHBOARD,
     NULL, "let workers make any system call, for debuggers and profilers"},
    {"keys", OPTION_TEXT, "./newsmill-keys", 0, 0, COMMAND_KEYS, "DIR", "the folder of the keys"},

    {"push", OPTION_ENDPOINT, PORT_PUSH, 0, 0, UP | INGEST, "ENDPOINT",
     "listen here for articles, each acknowledged; port 0 picks a free one"},
    {"ingest", OPTION_ENDPOINT, PORT_INGEST, 0, 0, UP | INGEST, "ENDPOINT",
     "listen here for articles that nobody waits for (no acknowledgement)"},
    {"work", OPTION_ENDPOINT, PORT_WORK, 0, 0, UP | INGEST, "ENDPOINT", "listen here for workers"},
    {"work", OPTION_ENDPOINTS, PORT_WORK, 0, 0, ANALYZE | STORE, "ENDPOINT,…",
     "work sockets of the ingest nodes to work for; a host name means all its addresses"},
    {"resolve-ms", OPTION_INT, "5000", 50, 3600000, ANALYZE | STORE, "N",
     "how often names in --work are looked up again"},
    {"work", OPTION_ENDPOINTS, NULL, 0, 0,
     COMMAND_STATUS | COMMAND_DEAD | COMMAND_WORKER | COMMAND_REPLAY | COMMAND_TOP | COMMAND_TAP |
         COMMAND_TRACE,
     "ENDPOINT,…", "ask these ingest nodes instead of the one that runs in --data"},
    {"node", OPTION_TEXT, NULL, 0, 0, UP | INGEST, "NAME",
     "name of this ingest node in the books; default: the host's name"},

    {"segment-bytes", OPTION_INT, "67108864", 64 * KIB, 16 * GIB, UP | INGEST | COMMAND_JOURNAL,
     "N", "size at which the journal starts another file"},
    {"window-messages", OPTION_INT, "4096", 1, 1000000, UP | INGEST, "N",
     "articles that ingest holds in memory"},
    {"window-bytes", OPTION_INT, "33554432", 1 * MIB, 64 * GIB, UP | INGEST, "N",
     "bytes of articles that ingest holds in memory"},
    {"backlog-bytes", OPTION_INT, "10737418240", 1 * MIB, INT64_MAX, UP | INGEST, "N",
     "disk the journal may take before producers hear \"overloaded\""},
    {"backlog", OPTION_BACKLOG, "journal", 0, 0, INGEST, "URI",
     "keep articles in a quorum queue of RabbitMQ instead of the journal: "
     "amqp://USER:PASSWORD@HOST:5672,HOST:5672/VHOST?queue=NAME, or amqps:"},
    {"archive", OPTION_TEXT, NULL, 0, 0, UP | INGEST, "DIR",
     "keep the journal's files that are done with here, for replay; on the same file system"},
    {"disk-warn", OPTION_INT, "1073741824", 0, INT64_MAX, UP | INGEST, "N",
     "warn when the journal's disk has fewer bytes free"},
    {"disk-stop", OPTION_INT, "134217728", 0, INT64_MAX, UP | INGEST, "N",
     "producers hear \"overloaded\" when the journal's disk has fewer bytes free"},
    {"heartbeat-ms", OPTION_INT, "1000", 10, 60000, UP | INGEST, "N",
     "how often workers and ingest say that they are alive"},
    {"silence-ms", OPTION_INT, "5000", 50, 3600000, UP | INGEST, "N",
     "a worker silent for this long is taken for dead"},
    {"attempts", OPTION_INT, "5", 1, 1000, UP | INGEST, "N",
     "failed attempts after which an article is a dead letter"},

    {"level", OPTION_CHOICE, "full", 0, 0, UP | ANALYZE | COMMAND_INSPECT, "full|fast",
     "fast: without the syntax and what is read from it"},
    {"level", OPTION_CHOICE, "full", 0, 0, COMMAND_REPLAY, "full|fast",
     "as the analyzers run: what that made already is left alone"},
    {"credit", OPTION_INT, "16", 1, 100000, ANALYZE, "N", "articles to hold at a time"},
    {"credit", OPTION_INT, "1000", 1, 100000, STORE, "N", "articles to hold at a time"},
    {"credit-bytes", OPTION_INT, "8388608", 1 * MIB, 16 * GIB, ANALYZE, "N",
     "bytes of articles to hold at a time"},
    {"credit-bytes", OPTION_INT, "33554432", 1 * MIB, 16 * GIB, STORE, "N",
     "bytes of articles to hold at a time"},
    {"article-ms", OPTION_INT, "60000", 0, 86400000, UP | ANALYZE, "N",
     "an article that takes an analyzer longer ends the analyzer, and counts as an attempt; 0: no "
     "limit"},
    {"memory-bytes", OPTION_INT, "0", 0, INT64_MAX, UP | ANALYZE, "N",
     "address space of an analyzer, at most; 0: no limit of its own"},
    {"rehearse", OPTION_FLAG, "no", 0, 0, ANALYZE, NULL,
     "for drills: articles whose id begins with rehearse:crash, :hang, :slow or :memory do that to "
     "the "
     "analyzer"},
    {"drain-ms", OPTION_INT, "10000", 0, 3600000, UP | INGEST, "N",
     "after SIGTERM, how long ingest waits for its workers to finish what they hold"},
    {"drain-ms", OPTION_INT, "5000", 0, 3600000, ANALYZE | STORE, "N",
     "after SIGTERM, how long to finish what is held before it is given back"},
    {"batch-rows", OPTION_INT, "200", 1, 10000, UP | STORE, "N", "articles in one transaction"},
    {"batch-bytes", OPTION_INT, "8388608", 64 * KIB, 1 * GIB, UP | STORE, "N",
     "bytes in one transaction"},
    {"batch-age-ms", OPTION_INT, "10", 0, 60000, UP | STORE, "N",
     "how long an article may wait for others of its transaction"},

    {"story-days", OPTION_INT, "7", 1, 365, UP | STORE, "N",
     "articles that are copies of one another are one story when received within so many days"},

    {"without-rollups", OPTION_FLAG, "no", 0, 0, STORE, NULL,
     "leave the rollups alone, for a large load: newsmill rollups rebuild makes them behind it"},
    {"without-stories", OPTION_FLAG, "no", 0, 0, STORE, NULL,
     "compare no articles: what this worker stores are stories by themselves"},
    {"without-search", OPTION_FLAG, "no", 0, 0, STORE, NULL,
     "leave filing articles for search to other workers, or for later"},
    {"keep", OPTION_TEXT, NULL, 0, 0, COMMAND_RETAIN, "TIME",
     "how much to keep, in whole months: 24mo, 2y"},
    {"rollups", OPTION_FLAG, "no", 0, 0, COMMAND_RETAIN, NULL,
     "drop what the rollups say of those months too"},

    {"lexicon", OPTION_TEXT, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY, "FILE",
     "use this tone lexicon: a word or phrase, a tab, its weight a line"},
    {"themes", OPTION_TEXT, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY, "FILE",
     "count these themes too: [name], and below it words, with _ in phrases and =2 for a weight"},

    {"actors", OPTION_FILES, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY, "FILE,…",
     "code events with these PETRARCH actor dictionaries too; may be given several times"},
    {"agents", OPTION_FILES, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY, "FILE,…",
     "likewise, agent dictionaries"},
    {"verbs", OPTION_FILES, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY, "FILE,…",
     "likewise, verb dictionaries; replay wants the same files of all six kinds as the analyzers"},

    {"gazetteer", OPTION_TEXT, NULL, 0, 0, UP | ANALYZE | COMMAND_INSPECT | COMMAND_REPLAY,
     "GAZETTEER", "look for places in this gazetteer too (newsmill gazetteer import)"},
    {"output", OPTION_TEXT, NULL, 0, 0, COMMAND_GAZETTEER, "GAZETTEER", "the file to make"},
    {"output", OPTION_TEXT, NULL, 0, 0, COMMAND_MANUAL, "DIR",
     "write all pages, into its folders man1 and man5, instead of printing one"},

    {"to", OPTION_ENDPOINT, PORT_PUSH, 0, 0, COMMAND_PUSH | COMMAND_WATCH, "ENDPOINT",
     "the push socket of ingest"},
    {"resume", OPTION_TEXT, NULL, 0, 0, COMMAND_PUSH, "FILE",
     "remember in FILE what was acknowledged, and go on there after an interruption"},
    {"window", OPTION_INT, "256", 1, 65536, COMMAND_PUSH, "N", "articles in flight at a time"},
    {"give-up-ms", OPTION_INT, "30000", 0, 86400000, COMMAND_PUSH | COMMAND_WATCH, "N",
     "stop when nothing answered for this long; 0 never"},

    {"state", OPTION_TEXT, "./newsmill-watch.state", 0, 0, COMMAND_WATCH, "FILE",
     "what was pushed of each feed, and when to ask it again"},
    {"every-ms", OPTION_INT, "900000", 1000, 604800000, COMMAND_WATCH, "N",
     "how often to ask a feed that does not say every= in the list"},
    {"items", OPTION_INT, "200", 1, 1000000, COMMAND_WATCH, "N",
     "new items of a feed to push in one round; more come with the next"},
    {"parallel", OPTION_INT, "16", 1, 256, COMMAND_WATCH, "N", "transfers at a time, one a host"},
    {"host-delay-ms", OPTION_INT, "1000", 0, 3600000, COMMAND_WATCH, "N",
     "pause between two requests to one host; a longer Crawl-delay counts"},
    {"fetch-timeout-ms", OPTION_INT, "30000", 100, 600000, COMMAND_WATCH, "N",
     "how long one transfer may take"},
    {"fetch-bytes", OPTION_INT, "8388608", 64 * KIB, 16 * MIB, COMMAND_WATCH, "N",
     "how long a feed or a page may be, unpacked"},
    {"user-agent", OPTION_TEXT, "newsmill/" NEWSMILL_VERSION, 0, 0, COMMAND_WATCH, "TEXT",
     "what to say to hosts; they expect an address to complain to in it"},
    {"once", OPTION_FLAG, "no", 0, 0, COMMAND_WATCH, NULL,
     "read every feed once, push what is new, and end"},
    {"allow-private", OPTION_FLAG, "no", 0, 0, COMMAND_WATCH, NULL,
     "fetch from private and loopback addresses too"},
    {"lane", OPTION_CHOICE, NULL, 0, 0, COMMAND_PUSH, "low",
     "behind all other articles, for backfills; without it each article's own key decides"},

    {"interval-ms", OPTION_INT, "1000", 100, 3600000, COMMAND_TOP, "N", "how often to look"},
    {"rate", OPTION_INT, "5", 1, 100, COMMAND_TAP, "N",
     "articles a second that are shown, at most"},
    {"once", OPTION_FLAG, "no", 0, 0, COMMAND_TOP, NULL,
     "print one picture and end; so it is when stdout is no terminal"},

    {"stage", OPTION_CHOICE, NULL, 0, 0, COMMAND_DEAD, "ingest|analysis|storage",
     "those that failed there"},
    {"code", OPTION_TEXT, NULL, 0, 0, COMMAND_DEAD, "CODE", "those with this error code"},
    {"source", OPTION_TEXT, NULL, 0, 0, COMMAND_DEAD | COMMAND_REPLAY, "NAME",
     "those of this publisher"},
    {"id", OPTION_TEXT, NULL, 0, 0, COMMAND_DEAD, "ID",
     "those with this identifier of the producer"},
    {"since", OPTION_TEXT, NULL, 0, 0, COMMAND_DEAD, "TIME",
     "those that died then or later: 2026-11-27T08:00:00Z, 2026-11-27, 90s, 30m, 12h, 7d ago"},
    {"until", OPTION_TEXT, NULL, 0, 0, COMMAND_DEAD, "TIME", "those that died before then"},
    {"since", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "TIME",
     "those received then or later: 2026-11-27T08:00:00Z, 2026-11-27, 90s, 30m, 12h, 7d ago"},
    {"until", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "TIME",
     "those received before then; default: now"},
    {"analyzer", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "VERSION",
     "those whose facts this version of the analysis made"},
    {"not-analyzer", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "VERSION",
     "those whose facts another version made"},
    {"article", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "UUID,…", "these articles"},
    {"from-archive", OPTION_TEXT, NULL, 0, 0, COMMAND_REPLAY, "DIR",
     "take them from this archive or journal (ingest --archive) instead of the database"},
    {"force", OPTION_FLAG, "no", 0, 0, COMMAND_REPLAY, NULL,
     "also those whose facts this version of newsmill made already"},
    {"limit", OPTION_INT, "0", 0, INT64_MAX, COMMAND_REPLAY | COMMAND_TAP, "N",
     "no more than so many; 0 all"},
    {"limit", OPTION_INT, "0", 0, INT64_MAX, COMMAND_DEAD, "N",
     "no more than so many; 0 all (a list shows 100 unless told)"},
    {"all", OPTION_FLAG, "no", 0, 0, COMMAND_DEAD | COMMAND_REPLAY, NULL,
     "all of them, where a filter is asked for"},
    {"max-retries", OPTION_INT, "3", 1, 1000000, COMMAND_DEAD, "N",
     "retry: not those that were retried this often"},
    {"dry-run", OPTION_FLAG, "no", 0, 0, COMMAND_DEAD | COMMAND_REPLAY | COMMAND_RETAIN, NULL,
     "say what would be done, do nothing"},
    {"yes", OPTION_FLAG, "no", 0, 0, COMMAND_DEAD, NULL, "do not ask before dropping"},
    {"original", OPTION_FLAG, "no", 0, 0, COMMAND_DEAD, NULL,
     "show: write the message itself, as its producer sent it"},

    {"view", OPTION_TEXT, NULL, 0, 0, COMMAND_EXPORT, "VIEW", "a view of the schema newsmill"},
    {"format", OPTION_CHOICE, "csv", 0, 0, COMMAND_EXPORT, "csv|jsonl|tsv|gdelt",
     "gdelt: the three files of GDELT 2.0 in the folder --output"},
    {"since", OPTION_TEXT, NULL, 0, 0, COMMAND_EXPORT, "TIME",
     "rows received then or later: 2026-11-27T08:00:00Z, 2026-11-27, 90s, 30m, 12h, 7d ago"},
    {"until", OPTION_TEXT, NULL, 0, 0, COMMAND_EXPORT, "TIME", "rows received before then"},
    {"output", OPTION_TEXT, NULL, 0, 0, COMMAND_EXPORT, "FILE",
     "the file to write instead of standard output; it is there when it is whole"},

    {"actor", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "CODE",
     "one side of an event has this code, or a name this key or canonical name"},
    {"pair", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "SOURCE,TARGET",
     "codes of who did something to whom; one of them may be empty"},
    {"event-type", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "TYPE",
     "an event of this PLOVER type; with --actor or --pair: that event"},
    {"theme", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "CODE", "the article has this theme"},
    {"place", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "NAME",
     "it names this place, or one in the country of this ISO 3166-1 alpha-2 code"},
    {"source", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "NAME", "it is of this publisher"},
    {"language", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "CODE", "it is in this language"},
    {"query", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "WORDS",
     "newsmill.search() would find it with these"},
    {"tone-below", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "TONE", "its tone is lower"},
    {"tone-above", OPTION_TEXT, NULL, 0, 0, COMMAND_ALERTS, "TONE", "its tone is higher"},

    {"json", OPTION_FLAG, "no", 0, 0,
     COMMAND_INSPECT | COMMAND_STATUS | COMMAND_JOURNAL | COMMAND_DEAD | COMMAND_TAP |
         COMMAND_REPLAY | COMMAND_ALERTS | COMMAND_KEYS | COMMAND_TRACE,
     NULL, "print JSON, for programs"},
    {"tokens", OPTION_FLAG, "no", 0, 0, COMMAND_INSPECT, NULL, "with --json: the tokens too"},
    {"text", OPTION_FLAG, "no", 0, 0, COMMAND_INSPECT, NULL,
     "show the text with what was read from each line, as on a terminal"},
    {"timings", OPTION_FLAG, "no", 0, 0, COMMAND_INSPECT, NULL,
     "say on stderr how much processor time each stage took"},
};
const size_t option_count = sizeof option_table / sizeof *option_table;
