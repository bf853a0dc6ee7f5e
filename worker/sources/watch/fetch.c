/* Transfers, with libcurl's multi interface. */
#include "worker/sources/watch/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buffer.h"
#include "worker/sources/watch/address.h"

#define CONNECT_TIMEOUT_MS 10000L

struct fetcher {
    CURLM *multi;
    struct fetch_options options;
    struct transfer *first; /* all that run or wait to be taken */
};

struct transfer {
    struct transfer *next;
    CURL *easy;
    struct curl_slist *headers;
    struct buffer body;
    size_t max_bytes, header_bytes;
    bool cut, too_long, private_address, allow_private;
    char etag[FETCH_VALIDATOR_BYTES], modified[FETCH_VALIDATOR_BYTES];
    char error[CURL_ERROR_SIZE];
    void *user;
};

/* ---- what libcurl calls ---- */

/* Stopping short of what came ends the transfer. */
// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type
static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t len = size * count, room = transfer->max_bytes - transfer->body.len;
    buffer_append(&transfer->body, bytes, len < room ? len : room);
    transfer->too_long |= len > room || buffer_failed(&transfer->body);
    return transfer->too_long ? 0 : len;
}

static void keep_header(struct slice line, const char *name, char out[FETCH_VALIDATOR_BYTES])
{
    size_t len = strlen(name);
    if (line.len <= len || strncasecmp(line.data, name, len) != 0)
        return;
    struct slice value = slice_trim(slice_sub(line, len, line.len));
    bool fits = value.len < FETCH_VALIDATOR_BYTES && !memchr(value.data, 0, value.len);
    (void)snprintf(out, FETCH_VALIDATOR_BYTES, "%.*s", fits ? (int)value.len : 0, value.data);
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type
static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    struct slice line = {bytes, size * count};
    transfer->header_bytes += line.len;
    transfer->too_long |= transfer->header_bytes > FETCH_HEADER_BYTES;
    keep_header(line, "ETag:", transfer->etag);
    keep_header(line, "Last-Modified:", transfer->modified);
    return transfer->too_long ? 0 : line.len;
}

/* The last moment before a connection: the address is the one that will be used. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = user;
    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    if (!transfer->allow_private && !address_is_public(&address->addr)) {
        transfer->private_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- the life of a transfer ---- */

static void transfer_free(struct fetcher *fetcher, struct transfer *transfer)
{
    for (struct transfer **at = &fetcher->first; *at; at = &(*at)->next)
        if (*at == transfer) {
            *at = transfer->next;
            break;
        }
    if (transfer->easy) {
        (void)curl_multi_remove_handle(fetcher->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    buffer_deinit(&transfer->body);
    free(transfer);
}

enum status fetcher_new(const struct fetch_options *options, struct fetcher **out,
                        struct fault *fault)
{
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);
    if (fetcher)
        fetcher->multi = curl_multi_init();
    if (!fetcher || !fetcher->multi) {
        free(fetcher);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for fetching");
    }
    fetcher->options = *options;
    *out = fetcher;
    return STATUS_OK;
}

void fetcher_free(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    while (fetcher->first)
        transfer_free(fetcher, fetcher->first);
    (void)curl_multi_cleanup(fetcher->multi);
    free(fetcher);
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    char line[FETCH_VALIDATOR_BYTES + 64];
    if (!value || !*value)
        return true;
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer)
        transfer->headers = longer;
    return longer != NULL;
}

#define SET(option, value) (curl_easy_setopt(transfer->easy, (option), (value)) == CURLE_OK)

/* What must not be gone round: schemes, addresses, proxies, redirects, certificates. */
static bool set_bounds(struct transfer *transfer, const struct fetch_options *options)
{
    return SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_PROXY, "") && SET(CURLOPT_OPENSOCKETFUNCTION, on_socket) &&
           SET(CURLOPT_OPENSOCKETDATA, transfer) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
           SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) &&
           SET(CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
}

static bool set_request(struct transfer *transfer, const struct fetch_options *options,
                        const struct fetch_request *request)
{
    return add_header(transfer, "If-None-Match", request->etag) &&
           add_header(transfer, "If-Modified-Since", request->modified) &&
           SET(CURLOPT_URL, request->url) && SET(CURLOPT_HTTPHEADER, transfer->headers) &&
           SET(CURLOPT_USERAGENT, options->user_agent) && SET(CURLOPT_ACCEPT_ENCODING, "") &&
           SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, transfer) &&
           SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, transfer) &&
           SET(CURLOPT_ERRORBUFFER, transfer->error) && SET(CURLOPT_PRIVATE, transfer);
}

enum status fetcher_start(struct fetcher *fetcher, const struct fetch_request *request, void *user,
                          struct fault *fault)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for fetching");
    transfer->next = fetcher->first;
    fetcher->first = transfer;
    transfer->user = user;
    transfer->max_bytes = request->max_bytes;
    transfer->cut = request->cut;
    transfer->allow_private = fetcher->options.allow_private;
    buffer_init(&transfer->body, request->max_bytes);
    transfer->easy = curl_easy_init();
    if (transfer->easy && set_bounds(transfer, &fetcher->options) &&
        set_request(transfer, &fetcher->options, request) &&
        curl_multi_add_handle(fetcher->multi, transfer->easy) == CURLM_OK)
        return STATUS_OK;
    transfer_free(fetcher, transfer);
    return fault_set(fault, STATUS_REJECT, "fetch-failed", "libcurl cannot fetch this URL");
}

void fetcher_wait(struct fetcher *fetcher, int wake_fd, int timeout_ms)
{
    int running;
    struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
    (void)curl_multi_perform(fetcher->multi, &running);
    (void)curl_multi_poll(fetcher->multi, &wake, 1, timeout_ms, NULL);
    (void)curl_multi_perform(fetcher->multi, &running);
}

/* ---- what came of it ---- */

static void explain(const struct transfer *transfer, CURLcode code, struct fault *fault)
{
    if (transfer->private_address)
        (void)fault_set(fault, STATUS_REJECT, "private-address",
                        "its address is not public (--allow-private fetches it all the same)");
    else if (transfer->too_long)
        (void)fault_set(fault, STATUS_REJECT, "too-long", "it is longer than %zu bytes",
                        transfer->max_bytes);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        (void)fault_set(fault, STATUS_RETRY, "timeout", "it took too long");
    else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
             code == CURLE_SSL_CACERT_BADFILE)
        (void)fault_set(fault, STATUS_RETRY, "tls", "its certificate or TLS is not good: %.120s",
                        transfer->error[0] ? transfer->error : curl_easy_strerror(code));
    else
        (void)fault_set(fault, STATUS_RETRY, "fetch-failed", "%.150s",
                        transfer->error[0] ? transfer->error : curl_easy_strerror(code));
}

static int64_t retry_after(CURL *easy, long status)
{
    curl_off_t seconds = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0 || (status != 429 && status != 503))
        return -1;
    return seconds < FETCH_RETRY_MAX_MS / 1000 ? seconds * 1000 : FETCH_RETRY_MAX_MS;
}

static void fill(struct transfer *transfer, CURLcode code, struct fetch_result *result)
{
    char *type = NULL, *location = NULL;
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
    *result = (struct fetch_result){.user = transfer->user,
                                    .status = (int)status,
                                    .body = buffer_slice(&transfer->body),
                                    .content_type = type,
                                    .location = location,
                                    .etag = transfer->etag,
                                    .modified = transfer->modified,
                                    .retry_after_ms = retry_after(transfer->easy, status),
                                    .transfer = transfer};
    bool cut = transfer->cut && transfer->too_long && transfer->body.len == transfer->max_bytes;
    if (code == CURLE_OK || cut)
        return;
    result->status = 0;
    explain(transfer, code, &result->fault);
}

bool fetcher_done(struct fetcher *fetcher, struct fetch_result *result)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        char *transfer = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        fill((struct transfer *)(void *)transfer, code, result);
        return true;
    }
    return false;
}

void fetch_release(struct fetcher *fetcher, struct fetch_result *result)
{
    transfer_free(fetcher, result->transfer);
    result->transfer = NULL;
}
