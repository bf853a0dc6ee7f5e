/* Comments out, white space trimmed. */
#include "worker/analysis/petrarch/petrarch_lines.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/utf8.h"

#define TOLD_MAX 20 /* bad lines of a file that are logged; the rest is counted */

void petrarch_lines_bad(struct petrarch_lines *lines, const char *why)
{
    if (lines->bad++ < TOLD_MAX)
        log_warn("a line of a dictionary is passed over", log_text("file", lines->path),
                 log_int("line", lines->number), log_text("why", why));
}

/* "<!-- … -->" out of the line, also where it began or ends on another one. */
static void drop_comments(struct petrarch_lines *lines)
{
    char *text = lines->text, *from, *to;
    if (lines->in_comment) {
        to = strstr(text, "-->");
        if (to)
            memmove(text, to + 3, strlen(to + 3) + 1);
        else
            text[0] = '\0';
        lines->in_comment = !to;
    }
    while ((from = strstr(text, "<!--"))) {
        to = strstr(from + 4, "-->");
        lines->in_comment = !to;
        if (to)
            memmove(from, to + 3, strlen(to + 3) + 1);
        else
            *from = '\0';
    }
    text[strcspn(text, "#;")] = '\0';
}

/* The rest of a line that does not fit. */
static void skip_rest(FILE *in)
{
    int byte;
    while ((byte = fgetc(in)) != EOF && byte != '\n')
        ;
}

bool petrarch_lines_next(struct petrarch_lines *lines, struct slice *line)
{
    while (fgets(lines->text, sizeof lines->text, lines->in)) {
        lines->number++;
        if (strlen(lines->text) + 1 == sizeof lines->text && !strchr(lines->text, '\n')) {
            skip_rest(lines->in);
            petrarch_lines_bad(lines, "it is too long");
            continue;
        }
        drop_comments(lines);
        *line = slice_trim(slice_from(lines->text));
        if (!utf8_is_clean(*line))
            petrarch_lines_bad(lines, "it is not UTF-8");
        else if (line->len > 0)
            return true;
    }
    return false;
}
