/* Bearer tokens. */
#include "worker/sources/front/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "common/slice.h"

#define FILE_BYTES ((size_t)TOKENS_MAX * (TOKEN_BYTES_MAX + 64))
/* What RFC 6750 lets a token be made of. */
#define CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/="

struct tokens {
    char text[FILE_BYTES + 1]; /* of the file; the tokens lie in it */
    struct slice token[TOKENS_MAX];
    size_t count;
};

static enum status take_line(struct tokens *tokens, const char *path, unsigned number,
                             struct slice line, struct fault *fault)
{
    line = slice_trim(line);
    if (line.len == 0 || line.data[0] == '#')
        return STATUS_OK;
    if (line.len < TOKEN_BYTES_MIN || line.len > TOKEN_BYTES_MAX ||
        strspn(line.data, CHARACTERS) < line.len)
        return fault_set(fault, STATUS_REJECT, "token-file",
                         "%.120s line %u: a token has %d to %d letters, digits, and - . _ ~ + / =",
                         path, number, TOKEN_BYTES_MIN, TOKEN_BYTES_MAX);
    if (tokens->count == TOKENS_MAX)
        return fault_set(fault, STATUS_REJECT, "token-file",
                         "%.120s line %u: more than %d tokens are too many", path, number,
                         TOKENS_MAX);
    tokens->token[tokens->count++] = line;
    return STATUS_OK;
}

static enum status parse(struct tokens *tokens, const char *path, struct fault *fault)
{
    enum status status = STATUS_OK;
    unsigned number = 1;
    for (const char *line = tokens->text; *line && status == STATUS_OK; number++) {
        size_t len = strcspn(line, "\n");
        status = take_line(tokens, path, number, (struct slice){line, len}, fault);
        line += len + (line[len] == '\n');
    }
    if (status == STATUS_OK && tokens->count == 0)
        return fault_set(fault, STATUS_REJECT, "token-file",
                         "%.120s has no token: nobody could "
                         "push",
                         path);
    return status;
}

enum status tokens_read(const char *path, struct tokens **out, struct fault *fault)
{
    struct stat about;
    struct tokens *tokens = calloc(1, sizeof *tokens);
    if (!tokens)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the tokens");
    enum status status = secret_load(path, "token file", FILE_BYTES, tokens->text, &about, fault);
    if (status == STATUS_OK)
        status = secret_check(path, "token file", &about, fault);
    if (status == STATUS_OK)
        status = parse(tokens, path, fault);
    if (status != STATUS_OK) {
        tokens_free(tokens);
        return status;
    }
    *out = tokens;
    return STATUS_OK;
}

void tokens_free(struct tokens *tokens)
{
    if (!tokens)
        return;
    explicit_bzero(tokens->text, sizeof tokens->text);
    free(tokens);
}

static bool is_same(struct slice token, struct slice offered)
{
    unsigned char different = token.len != offered.len;
    for (size_t i = 0; i < TOKEN_BYTES_MAX; i++)
        different |= (unsigned char)(token.data[i % token.len] ^ offered.data[i % offered.len]);
    return different == 0;
}

bool tokens_know(const struct tokens *tokens, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    bool known = false;
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    struct slice offered = slice_trim(slice_from(authorization + sizeof scheme - 1));
    if (offered.len == 0)
        return false;
    for (size_t i = 0; i < tokens->count; i++)
        known |= is_same(tokens->token[i], offered);
    return known;
}
