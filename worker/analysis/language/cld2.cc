/* The only C++ here: CLD2's interface has no C form. */
#include "worker/analysis/language/cld2.h"

// CLD2 uses FILE without including it.
#include <cstdio>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

struct cld2_answer cld2_detect(const char *text, int len, const char *hint)
{
    CLD2::CLDHints hints = {hint, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language languages[3];
    int percents[3], bytes = 0;
    double scores[3];
    bool reliable = false;
    const int flags = 0x4000; // kCLDFlagBestEffort: an answer for short texts too
    CLD2::Language best = CLD2::ExtDetectLanguageSummary(
        text, len, true, &hints, flags, languages, percents, scores, nullptr, &bytes, &reliable);
    if (best == CLD2::UNKNOWN_LANGUAGE)
        best = languages[0];
    int percent = 0;
    for (int i = 0; i < 3; i++)
        if (languages[i] == best)
            percent = percents[i];
    bool known = hint && CLD2::GetLanguageFromName(hint) != CLD2::UNKNOWN_LANGUAGE;
    return {CLD2::LanguageCode(best), percent, reliable, known};
}
