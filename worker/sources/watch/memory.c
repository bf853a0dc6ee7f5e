/* The state file, with SQLite. */
#include "worker/sources/watch/memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define VERSION      1
#define BUSY_WAIT_MS 0 /* another watch keeps the file for as long as it runs */

enum statement {
    FEED_READ,
    FEED_WRITE,
    ITEM_SEE,
    ITEM_LEARN,
    TRIM_OLD,
    TRIM_MANY,
    BEGIN,
    COMMIT,
    STATEMENTS
};
static const char *const texts[STATEMENTS] = {
    [FEED_READ] = "SELECT etag, modified, next_ms, failures, paused FROM feed WHERE feed = ?1",
    [FEED_WRITE] = "INSERT INTO feed (feed, etag, modified, next_ms, failures, paused) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (feed) DO UPDATE SET "
                   "etag = ?2, modified = ?3, next_ms = ?4, failures = ?5, paused = ?6",
    [ITEM_SEE] = "UPDATE item SET listed_ms = ?4 WHERE feed = ?1 AND item = ?2 AND version = ?3 "
                 "RETURNING 1",
    [ITEM_LEARN] = "INSERT INTO item (feed, item, version, listed_ms) VALUES (?1, ?2, ?3, ?4) "
                   "ON CONFLICT (feed, item) DO UPDATE SET version = ?3, listed_ms = ?4",
    [TRIM_OLD] = "DELETE FROM item WHERE feed = ?1 AND listed_ms < ?2",
    [TRIM_MANY] = "DELETE FROM item WHERE feed = ?1 AND item IN (SELECT item FROM item "
                  "WHERE feed = ?1 ORDER BY listed_ms DESC LIMIT -1 OFFSET ?2)",
    [BEGIN] = "BEGIN",
    [COMMIT] = "COMMIT",
};
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS feed (feed BLOB PRIMARY KEY, etag TEXT NOT NULL, "
    "modified TEXT NOT NULL, next_ms INTEGER NOT NULL, failures INTEGER NOT NULL, "
    "paused INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS item (feed BLOB, item BLOB, version INTEGER NOT NULL, "
    "listed_ms INTEGER NOT NULL, PRIMARY KEY (feed, item)) WITHOUT ROWID;";

struct memory {
    sqlite3 *file;
    sqlite3_stmt *statements[STATEMENTS];
    bool open; /* a transaction is */
};

void memory_close(struct memory *memory)
{
    if (!memory)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(memory->statements[i]);
    (void)sqlite3_close(memory->file);
    free(memory);
}

static bool run(struct memory *memory, const char *sql)
{
    return sqlite3_exec(memory->file, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The version is in the file's header; 0 is a new one. */
static bool check_version(struct memory *memory)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(memory->file, "PRAGMA user_version", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    return version == VERSION ||
           (version == 0 && run(memory, schema) && run(memory, "PRAGMA user_version = 1"));
}

/* The exclusive lock is taken by the first write and kept: one watch at a time. */
static bool prepare(struct memory *memory)
{
    if (!run(memory, "PRAGMA locking_mode = EXCLUSIVE") ||
        !run(memory, "PRAGMA journal_mode = WAL") || !run(memory, "PRAGMA synchronous = FULL") ||
        !run(memory, "BEGIN IMMEDIATE; COMMIT") || !check_version(memory))
        return false;
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(memory->file, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &memory->statements[i], NULL) != SQLITE_OK)
            return false;
    return true;
}

enum status memory_open(const char *path, struct memory **out, struct fault *fault)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the state of watch");
    bool good = sqlite3_open_v2(path, &memory->file,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                NULL) == SQLITE_OK &&
                sqlite3_busy_timeout(memory->file, BUSY_WAIT_MS) == SQLITE_OK && prepare(memory);
    if (good) {
        *out = memory;
        return STATUS_OK;
    }
    int code = memory->file ? sqlite3_errcode(memory->file) : SQLITE_NOMEM;
    memory_close(memory);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return fault_set(fault, STATUS_FATAL, "state-locked",
                         "another watch uses %.120s: stop it, or name another --state", path);
    return fault_set(
        fault, STATUS_FATAL, "state-file", "cannot use the state file %.120s: %s", path,
        code == SQLITE_OK ? "it was written by another version" : sqlite3_errstr(code));
}

/* ---- statements ---- */

static sqlite3_stmt *begin(struct memory *memory, enum statement which, const struct uuid *feed)
{
    sqlite3_stmt *statement = memory->statements[which];
    if (!memory->open) {
        memory->open = sqlite3_step(memory->statements[BEGIN]) == SQLITE_DONE;
        (void)sqlite3_reset(memory->statements[BEGIN]);
    }
    (void)sqlite3_bind_blob(statement, 1, feed->bytes, sizeof feed->bytes, SQLITE_STATIC);
    return statement;
}

/* Ends a statement that gives no rows. */
static enum status finish(sqlite3_stmt *statement)
{
    int said = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return said == SQLITE_DONE ? STATUS_OK : STATUS_FATAL;
}

static void copy_text(sqlite3_stmt *statement, int column, char out[MEMORY_VALIDATOR_BYTES])
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    (void)snprintf(out, MEMORY_VALIDATOR_BYTES, "%s", text ? (const char *)text : "");
}

enum status memory_read_feed(struct memory *memory, const struct uuid *feed,
                             struct memory_feed *out)
{
    sqlite3_stmt *statement = begin(memory, FEED_READ, feed);
    *out = (struct memory_feed){.next_ms = 0};
    int said = sqlite3_step(statement);
    if (said == SQLITE_ROW) {
        copy_text(statement, 0, out->etag);
        copy_text(statement, 1, out->modified);
        out->next_ms = sqlite3_column_int64(statement, 2);
        out->failures = sqlite3_column_int(statement, 3);
        out->paused = sqlite3_column_int(statement, 4) != 0;
    }
    (void)sqlite3_reset(statement);
    return said == SQLITE_ROW || said == SQLITE_DONE ? STATUS_OK : STATUS_FATAL;
}

enum status memory_write_feed(struct memory *memory, const struct uuid *feed,
                              const struct memory_feed *about)
{
    sqlite3_stmt *statement = begin(memory, FEED_WRITE, feed);
    (void)sqlite3_bind_text(statement, 2, about->etag, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 3, about->modified, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 4, about->next_ms);
    (void)sqlite3_bind_int(statement, 5, about->failures);
    (void)sqlite3_bind_int(statement, 6, about->paused);
    return finish(statement);
}

static sqlite3_stmt *begin_item(struct memory *memory, enum statement which,
                                const struct uuid *feed, const struct uuid *item, uint32_t version,
                                int64_t now_ms)
{
    sqlite3_stmt *statement = begin(memory, which, feed);
    (void)sqlite3_bind_blob(statement, 2, item->bytes, sizeof item->bytes, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, version);
    (void)sqlite3_bind_int64(statement, 4, now_ms);
    return statement;
}

bool memory_knows(struct memory *memory, const struct uuid *feed, const struct uuid *item,
                  uint32_t version, int64_t now_ms)
{
    sqlite3_stmt *statement = begin_item(memory, ITEM_SEE, feed, item, version, now_ms);
    bool known = sqlite3_step(statement) == SQLITE_ROW;
    while (known && sqlite3_step(statement) == SQLITE_ROW)
        ; /* the update is whole when its last row was given */
    (void)sqlite3_reset(statement);
    return known;
}

enum status memory_learn(struct memory *memory, const struct uuid *feed, const struct uuid *item,
                         uint32_t version, int64_t now_ms)
{
    return finish(begin_item(memory, ITEM_LEARN, feed, item, version, now_ms));
}

enum status memory_trim(struct memory *memory, const struct uuid *feed, int64_t now_ms)
{
    sqlite3_stmt *statement = begin(memory, TRIM_OLD, feed);
    (void)sqlite3_bind_int64(statement, 2, now_ms - MEMORY_KEPT_MS);
    enum status status = finish(statement);
    statement = begin(memory, TRIM_MANY, feed);
    (void)sqlite3_bind_int64(statement, 2, MEMORY_ITEMS);
    return status == STATUS_OK ? finish(statement) : status;
}

enum status memory_commit(struct memory *memory, struct fault *fault)
{
    if (!memory->open)
        return STATUS_OK;
    memory->open = false;
    if (finish(memory->statements[COMMIT]) == STATUS_OK)
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "state-file", "cannot write the state file: %s",
                     sqlite3_errmsg(memory->file));
}
