/* The closed sets of the syntax: Universal Dependencies' parts of speech, the Penn Treebank's tags
 * as UD English uses them, and UD's relations with the subtypes of English.
 *
 * The order is part of the model's format: append only, and count up SYNTAX_TAGS_VERSION. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TAGS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TAGS_H

#include <stdint.h>

#define SYNTAX_TAGS_VERSION 1

/* https://universaldependencies.org/u/pos/ */
#define UPOS_LIST(M)                                                                               \
    M(X)                                                                                           \
    M(ADJ)                                                                                         \
    M(ADP)                                                                                         \
    M(ADV)                                                                                         \
    M(AUX)                                                                                         \
    M(CCONJ)                                                                                       \
    M(DET)                                                                                         \
    M(INTJ)                                                                                        \
    M(NOUN)                                                                                        \
    M(NUM)                                                                                         \
    M(PART)                                                                                        \
    M(PRON)                                                                                        \
    M(PROPN)                                                                                       \
    M(PUNCT)                                                                                       \
    M(SCONJ)                                                                                       \
    M(SYM)                                                                                         \
    M(VERB)

/* The Penn Treebank's tags with those added for the web (ADD, NFP, GW, AFX, HYPH). */
#define XPOS_LIST(X)                                                                               \
    X(NONE, "")                                                                                    \
    X(NN, "NN")                                                                                    \
    X(NNS, "NNS")                                                                                  \
    X(NNP, "NNP")                                                                                  \
    X(NNPS, "NNPS")                                                                                \
    X(VB, "VB")                                                                                    \
    X(VBD, "VBD")                                                                                  \
    X(VBG, "VBG")                                                                                  \
    X(VBN, "VBN")                                                                                  \
    X(VBP, "VBP")                                                                                  \
    X(VBZ, "VBZ")                                                                                  \
    X(MD, "MD")                                                                                    \
    X(JJ, "JJ")                                                                                    \
    X(JJR, "JJR")                                                                                  \
    X(JJS, "JJS")                                                                                  \
    X(RB, "RB")                                                                                    \
    X(RBR, "RBR")                                                                                  \
    X(RBS, "RBS")                                                                                  \
    X(RP, "RP")                                                                                    \
    X(IN, "IN")                                                                                    \
    X(TO, "TO")                                                                                    \
    X(DT, "DT")                                                                                    \
    X(PDT, "PDT")                                                                                  \
    X(WDT, "WDT")                                                                                  \
    X(WP, "WP")                                                                                    \
    X(WPS, "WP$")                                                                                  \
    X(WRB, "WRB")                                                                                  \
    X(PRP, "PRP")                                                                                  \
    X(PRPS, "PRP$")                                                                                \
    X(POS, "POS")                                                                                  \
    X(CC, "CC")                                                                                    \
    X(CD, "CD")                                                                                    \
    X(EX, "EX")                                                                                    \
    X(FW, "FW")                                                                                    \
    X(UH, "UH")                                                                                    \
    X(LS, "LS")                                                                                    \
    X(SYM, "SYM")                                                                                  \
    X(ADD, "ADD")                                                                                  \
    X(NFP, "NFP")                                                                                  \
    X(GW, "GW")                                                                                    \
    X(AFX, "AFX")                                                                                  \
    X(HYPH, "HYPH")                                                                                \
    X(STOP, ".")                                                                                   \
    X(COMMA, ",")                                                                                  \
    X(COLON, ":")                                                                                  \
    X(OPEN, "-LRB-")                                                                               \
    X(CLOSE, "-RRB-")                                                                              \
    X(QUOTE, "``")                                                                                 \
    X(UNQUOTE, "''")                                                                               \
    X(DOLLAR, "$")

/* https://universaldependencies.org/en/dep/ */
#define RELATION_LIST(X)                                                                           \
    X(DEP, "dep")                                                                                  \
    X(ROOT, "root")                                                                                \
    X(ACL, "acl")                                                                                  \
    X(ACL_RELCL, "acl:relcl")                                                                      \
    X(ADVCL, "advcl")                                                                              \
    X(ADVCL_RELCL, "advcl:relcl")                                                                  \
    X(ADVMOD, "advmod")                                                                            \
    X(AMOD, "amod")                                                                                \
    X(APPOS, "appos")                                                                              \
    X(AUX, "aux")                                                                                  \
    X(AUX_PASS, "aux:pass")                                                                        \
    X(CASE, "case")                                                                                \
    X(CC, "cc")                                                                                    \
    X(CC_PRECONJ, "cc:preconj")                                                                    \
    X(CCOMP, "ccomp")                                                                              \
    X(COMPOUND, "compound")                                                                        \
    X(COMPOUND_PRT, "compound:prt")                                                                \
    X(CONJ, "conj")                                                                                \
    X(COP, "cop")                                                                                  \
    X(CSUBJ, "csubj")                                                                              \
    X(CSUBJ_OUTER, "csubj:outer")                                                                  \
    X(CSUBJ_PASS, "csubj:pass")                                                                    \
    X(DET, "det")                                                                                  \
    X(DET_PREDET, "det:predet")                                                                    \
    X(DISCOURSE, "discourse")                                                                      \
    X(DISLOCATED, "dislocated")                                                                    \
    X(EXPL, "expl")                                                                                \
    X(FIXED, "fixed")                                                                              \
    X(FLAT, "flat")                                                                                \
    X(GOESWITH, "goeswith")                                                                        \
    X(IOBJ, "iobj")                                                                                \
    X(LIST, "list")                                                                                \
    X(MARK, "mark")                                                                                \
    X(NMOD, "nmod")                                                                                \
    X(NMOD_DESC, "nmod:desc")                                                                      \
    X(NMOD_POSS, "nmod:poss")                                                                      \
    X(NMOD_UNMARKED, "nmod:unmarked")                                                              \
    X(NSUBJ, "nsubj")                                                                              \
    X(NSUBJ_OUTER, "nsubj:outer")                                                                  \
    X(NSUBJ_PASS, "nsubj:pass")                                                                    \
    X(NUMMOD, "nummod")                                                                            \
    X(OBJ, "obj")                                                                                  \
    X(OBL, "obl")                                                                                  \
    X(OBL_AGENT, "obl:agent")                                                                      \
    X(OBL_UNMARKED, "obl:unmarked")                                                                \
    X(ORPHAN, "orphan")                                                                            \
    X(PARATAXIS, "parataxis")                                                                      \
    X(PUNCT, "punct")                                                                              \
    X(REPARANDUM, "reparandum")                                                                    \
    X(VOCATIVE, "vocative")                                                                        \
    X(XCOMP, "xcomp")

#define UPOS_ENUM(name)           UPOS_##name,
#define XPOS_ENUM(name, text)     XPOS_##name,
#define RELATION_ENUM(name, text) REL_##name,
enum upos { UPOS_LIST(UPOS_ENUM) UPOS_COUNT };
enum xpos { XPOS_LIST(XPOS_ENUM) XPOS_COUNT };
enum relation { RELATION_LIST(RELATION_ENUM) RELATION_COUNT };

/* The written form; static. */
const char *upos_name(enum upos upos);
const char *xpos_name(enum xpos xpos);
const char *relation_name(enum relation relation);

/* The parts of speech that a Penn tag may be, one bit each (1 << UPOS_*): as UD English has them.
 */
uint32_t xpos_allows(enum xpos xpos);

/* The other way; the first of each list (X, NONE, DEP) for what is in no list. A relation with an
 * unknown subtype is the relation without it. */
enum upos upos_from(const char *name);
enum xpos xpos_from(const char *name);
enum relation relation_from(const char *name);

#endif
