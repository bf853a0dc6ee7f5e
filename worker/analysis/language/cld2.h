/* CLD2's language identification, from C. Pure; knows about 160 languages. */
#ifndef NEWSMILL_WORKER_ANALYSIS_LANGUAGE_CLD2_H
#define NEWSMILL_WORKER_ANALYSIS_LANGUAGE_CLD2_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cld2_answer {
    const char *code; /* static, CLD2's own spelling; "un" when it cannot tell */
    int percent;      /* of the text that is in this language */
    bool reliable;
    bool hint_known; /* CLD2 knows the language of the hint */
};

/* `text` is clean UTF-8; `hint` is a language code or NULL. */
struct cld2_answer cld2_detect(const char *text, int len, const char *hint);

#ifdef __cplusplus
}
#endif
#endif
