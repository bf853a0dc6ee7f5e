/* The one table of commands, CONTRACT section 3: the only file that knows every command. */
#include <stdint.h>

#include "worker/analysis/analyze.h"
#include "worker/cli/command.h"
#include "worker/ingest/ingest.h"
#include "worker/ingest/journal_command.h"
#include "worker/sources/front.h"
#include "worker/sources/watch.h"
#include "worker/storage/migrate.h"
#include "worker/storage/store.h"

const struct command command_table[] = {
    {"up", COMMAND_UP, up_main, 0, 0, "run everything on this machine", "[OPTION…]",
     "  newsmill up\n"
     "  newsmill up --data /srv/news --analyzers 4 --http 127.0.0.1:8090\n"
     "  newsmill up --db postgresql://writer@db.example.org/news\n"},
    {"ingest", COMMAND_INGEST, ingest_main, 0, 0, "run one ingest node: sockets and journal",
     "[OPTION…]", "  newsmill ingest --data /srv/news --work tcp://10.0.0.1:5553\n"},
    {"analyze", COMMAND_ANALYZE, analyze_main, 0, 0, "run one analysis worker", "[OPTION…]",
     "  newsmill analyze --work tcp://10.0.0.1:5553,tcp://10.0.0.2:5553\n"},
    {"store", COMMAND_STORE, store_main, 0, 0, "run one storage worker", "[OPTION…]",
     "  newsmill store --work tcp://10.0.0.1:5553 --db postgresql:///news\n"},
    {"push", COMMAND_PUSH, push_main, 1, SIZE_MAX, "send articles, each acknowledged",
     "[OPTION…] FILE|FOLDER|-…",
     "  newsmill push articles.jsonl crawl.warc.gz feed.rss deploy/samples\n"
     "  newsmill push --resume crawl.state crawl.warc.gz    (again, after an interruption)\n"
     "  xzcat archive.jsonl.xz | newsmill push --to tcp://10.0.0.1:5552 -\n"},
    {"watch", COMMAND_WATCH, watch_main, 1, 1, "follow feeds: push what is new in them",
     "[OPTION…] FEEDS",
     "  newsmill watch feeds.txt                     (one URL a line, options behind it:\n"
     "                    every=5m source=NAME pages=no robots=no)\n"
     "  newsmill watch --once --state /var/lib/newsmill/watch.state feeds.txt\n"},
    {"http", COMMAND_HTTP, front_main, 0, 0, "take articles by HTTP, for who cannot speak ZeroMQ",
     "[OPTION…]",
     "  newsmill http --listen 127.0.0.1:8088\n"
     "  curl -H 'Content-Type: application/json' -d '{\"body\": \"Talks resumed.\"}' "
     "http://127.0.0.1:8088/articles\n"
     "  newsmill http --listen 0.0.0.0:8443 --tls-cert news.crt --tls-key news.key --tokens "
     "tokens\n"},
    {"inspect", COMMAND_INSPECT, inspect_main, 1, SIZE_MAX, "analyse without queue or database",
     "[OPTION…] FILE|FOLDER|-…",
     "  newsmill inspect article.txt\n"
     "  newsmill inspect --json - < articles.jsonl\n"},
    {"migrate", COMMAND_MIGRATE, migrate_main, 0, 1, "bring a database to this version's schema",
     "[OPTION…] [status]",
     "  newsmill migrate --db postgresql:///news\n"
     "  newsmill migrate status --db postgresql:///news\n"},
    {"status", COMMAND_STATUS, status_main, 0, 0, "what is running, and do the books balance",
     "[OPTION…]",
     "  newsmill status --data /srv/news\n"
     "  newsmill status --work tcp://10.0.0.1:5553 --json\n"},
    {"dashboard", COMMAND_DASHBOARD, dashboard_main, 0, 0, "serve the dashboard of a database",
     "[OPTION…]", "  newsmill dashboard --db postgresql:///news --http 127.0.0.1:8090\n"},
    {"top", COMMAND_TOP, top_main, 0, 0, "the same, live: queues, rates, the bottleneck",
     "[OPTION…]",
     "  newsmill top --data /srv/news                (q ends it)\n"
     "  newsmill top --work tcp://10.0.0.1:5553,tcp://10.0.0.2:5553 --once\n"},
    {"tap", COMMAND_TAP, tap_main, 0, 1, "a live look at articles that pass",
     "[OPTION…] ingest|analyze|store|dead",
     "  newsmill tap store --data /srv/news\n"
     "  newsmill tap analyze --rate 2 --limit 20 --json --work tcp://10.0.0.1:5553\n"},
    {"trace", COMMAND_TRACE, trace_main, 1, 1, "the way of one article, and how long it took where",
     "[OPTION…] ARTICLE|KEY|ID",
     "  newsmill trace ferry-north --data /srv/news\n"
     "  newsmill trace 01903d5e-… --json | jq .took_ms\n"
     "  journalctl -u 'newsmill-*' -o cat | newsmill trace ferry-north --log - --db "
     "postgresql:///news\n"},
    {"dead", COMMAND_DEAD, dead_main, 0, SIZE_MAX, "articles that could not be processed",
     "[OPTION…] list|show|retry|drop [KEY|ARTICLE|ID…]",
     "  newsmill dead list --data /srv/news --since 24h\n"
     "  newsmill dead show ferry-north --db postgresql:///news\n"
     "  newsmill dead show 01903d5e-… --original > message\n"
     "  newsmill dead retry --code worker-crash --data /srv/news\n"
     "  newsmill dead drop --code worker-crash --until 30d --dry-run\n"},
    {"worker", COMMAND_WORKER, worker_main, 2, SIZE_MAX, "tell workers to take no more, or to end",
     "[OPTION…] quiet|terminate analyze|store|all|PID[@HOST]…",
     "  newsmill worker quiet 4711@node7             (it finishes what it has and waits)\n"
     "  newsmill worker terminate analyze            (up starts them again, new)\n"},
    {"replay", COMMAND_REPLAY, replay_main, 0, 0, "analyse stored articles again", "[OPTION…]",
     "  newsmill replay --data /srv/news --not-analyzer newsmill-0.2 --dry-run\n"
     "  newsmill replay --data /srv/news --since 7d --source example.org\n"
     "  newsmill replay --work tcp://10.0.0.1:5553 --from-archive /srv/archive --all\n"},
    {"alerts", COMMAND_ALERTS, alerts_main, 1, 2, "rules that watch for articles",
     "[OPTION…] add RULE|list|drop RULE",
     "  newsmill alerts add kyiv --pair RUS,UKR --event-type ASSAULT --data /srv/news\n"
     "  newsmill alerts add ports --query '\"port authority\" or ferry' --tone-below -3\n"
     "  newsmill alerts list --json --db postgresql:///news\n"
     "  newsmill alerts drop ports\n"},
    {"export", COMMAND_EXPORT, export_main, 0, 0, "views as CSV, JSON Lines, or GDELT's files",
     "[OPTION…]",
     "  newsmill export --view events --since 7d > events.csv\n"
     "  newsmill export --view articles --format jsonl --until 2026-11-01 | jq .title\n"
     "  newsmill export --format gdelt --since 24h --output /srv/gdelt --data /srv/news\n"},
    {"rollups", COMMAND_ROLLUPS, rollups_main, 1, 1,
     "compare what dashboards sum with the facts, or make it anew", "[OPTION…] verify|rebuild",
     "  newsmill rollups verify --data /srv/news\n"
     "  newsmill rollups rebuild --db postgresql:///news   (articles may be stored meanwhile)\n"},
    {"retain", COMMAND_RETAIN, retain_main, 0, 0, "drop the months that need not be kept",
     "[OPTION…]",
     "  newsmill retain --keep 24mo --dry-run --data /srv/news\n"
     "  newsmill retain --keep 24mo --db postgresql:///news\n"},
    {"journal", COMMAND_JOURNAL, journal_main, 1, 1, "look at a journal, check it, repair it",
     "[OPTION…] stats|verify|repair",
     "  newsmill journal verify --data /srv/news\n"
     "  newsmill journal repair --data /srv/news     (no ingest may run there)\n"},
    {"gazetteer", COMMAND_GAZETTEER, gazetteer_main, 1, SIZE_MAX,
     "make a gazetteer from GeoNames dumps", "[OPTION…] import FILE… --output GAZETTEER",
     "  newsmill gazetteer import cities500.txt admin1CodesASCII.txt --output places.gaz\n"
     "  newsmill gazetteer import allCountries.txt alternateNamesV2.txt --output places.gaz\n"
     "  newsmill inspect --gazetteer places.gaz article.txt\n"},
    {"keys", COMMAND_KEYS, keys_main, 1, SIZE_MAX, "make and list keys, for other hosts to connect",
     "[OPTION…] make NAME…|list",
     "  newsmill keys make ingest-1 crawler-7        (ingest-1.key is secret, ingest-1.pub is "
     "not)\n"
     "  newsmill keys list --keys /etc/newsmill/keys\n"},
    {"metrics", COMMAND_METRICS, metrics_main, 0, 0, "print the page about /metrics", "",
     "  newsmill metrics | grep seconds\n"},
    {"manual", COMMAND_MANUAL, manual_main, 0, 1, "print a manual page, or write all of them",
     "[OPTION…] [COMMAND|newsmill.conf]",
     "  newsmill manual ingest | man -l -\n"
     "  newsmill manual --output /usr/local/share/man\n"},
    {"completion", COMMAND_COMPLETION, completion_main, 1, 1,
     "print what makes a shell complete newsmill's words", "bash|zsh|fish",
     "  newsmill completion bash > ~/.local/share/bash-completion/completions/newsmill\n"
     "  newsmill completion zsh > ~/.zfunc/_newsmill\n"
     "  newsmill completion fish > ~/.config/fish/completions/newsmill.fish\n"},
    {"config", COMMAND_CONFIG, config_main, 0, 0, "print a configuration file with every option",
     "", "  newsmill config > newsmill.conf\n"},
};
const size_t command_count = sizeof command_table / sizeof *command_table;
