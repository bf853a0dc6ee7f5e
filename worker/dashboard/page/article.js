/* One article: its text with the evidence marked by kind, and beside it every fact as a way to its words. */
import { get } from "./api.js";
import { bdi, h, heading, nothing, outside, section, visible } from "./dom.js";
import { pieces } from "./evidence.js";
import { actor, count, country, goldsteinStep, language, QUADS, signed, time, tone, toneStep } from "./format.js";

/* What can be marked: the spans of each kind, and how one reads in the list of facts. */
const KINDS = [
  { key: "events", name: "Events", class: "ev-event", shown: true, fact: eventFact },
  { key: "names", name: "Names", class: "ev-name", shown: true, fact: nameFact },
  { key: "places", name: "Places", class: "ev-place", shown: true, fact: placeFact },
  { key: "quotes", name: "Quotes", class: "ev-quote", shown: true, fact: quoteFact },
  { key: "targets", name: "Tone towards", class: "ev-towards", shown: false, fact: targetFact },
  { key: "dates", name: "Dates", class: "ev-date", shown: false, fact: dateFact },
  { key: "amounts", name: "Amounts", class: "ev-amount", shown: false, fact: amountFact },
];

function eventFact(event) {
  return [h("span", { class: `badge quad-${event.quad ?? 0}` }, event.type), " ",
    event.source_code ? actor(event.source_code) : bdi(event.source ?? "somebody"), " → ",
    event.target_code ? actor(event.target_code) : bdi(event.target ?? "nobody named"),
    h("span", { class: "small" }, event.goldstein !== null && [" ", h("span", { class: `tone ${goldsteinStep(event.goldstein)}` }, signed(event.goldstein))],
      ` ${QUADS[event.quad] ?? ""}`, event.modality !== "actual" && `, ${event.modality}`, event.negated && ", negated",
      event.date && `, ${event.date}`, event.attributed && [", says ", bdi(event.attributed)])];
}
function nameFact(name) {
  return [bdi(name.name || name.text), h("span", { class: "small" }, ` ${name.type}`, name.confidence !== null && `, ${Math.round(name.confidence * 100)} %`)];
}
function placeFact(place) {
  return [bdi(place.name || place.text), h("span", { class: "small" }, ` ${place.kind}`, place.country && `, ${country(place.country)}`,
    place.confidence !== null && `, ${Math.round(place.confidence * 100)} %`)];
}
function quoteFact(quote, text) {
  const words = text.slice(quote.start, Math.min(quote.end, quote.start + 90)).join("");
  return [quote.speaker ? [bdi(quote.speaker), ": "] : "", bdi(words), quote.end - quote.start > 90 && "…",
    h("span", { class: "small" }, quote.direct ? " direct" : " indirect")];
}
function targetFact(target) { return [bdi(target.text), " ", tone(target.tone)]; }
function dateFact(date) { return [bdi(date.text), h("span", { class: "small" }, ` ${date.value}`)]; }
function amountFact(amount) {
  return [bdi(amount.text), h("span", { class: "small" }, ` ${amount.kind}`, amount.unit && [", ", bdi(amount.unit)], amount.object && [", ", bdi(amount.object)])];
}

/* "12-34" of the address; null when it is none. */
function wanted(at) {
  const match = /^(\d{1,7})-(\d{1,7})$/.exec(at ?? "");
  return match ? [Number(match[1]), Number(match[2])] : null;
}

function spansOf(answer, at) {
  const spans = [];
  for (const kind of KINDS) for (const fact of answer[kind.key]) spans.push([fact.start, fact.end, kind.class]);
  for (const event of answer.events) {
    if (event.source_start !== null) spans.push([event.source_start, event.source_end, "ev-actor"]);
    if (event.target_start !== null) spans.push([event.target_start, event.target_end, "ev-target"]);
  }
  for (const quote of answer.quotes) if (quote.speaker_start !== null) spans.push([quote.speaker_start, quote.speaker_end, "ev-speaker"]);
  for (const [start, end, value] of answer.sentences) spans.push([start, end, `tone-bed ${toneStep(value)}`]);
  if (at) spans.push([at[0], at[1], "wanted"]);
  return spans;
}

/* The text as paragraphs of marked pieces; `data-at` is the first code point of each. */
function textOf(article, answer, at) {
  const body = h("div", { class: "text", lang: article.language !== "und" ? article.language : null });
  let paragraph = null;
  const open = () => { paragraph = h("p", { dir: "auto" }); body.append(paragraph); };
  for (const piece of pieces(article.text, 0, spansOf(answer, at))) {
    let start = piece.start;
    piece.text.split("\n\n").forEach((part, i) => {
      if (i > 0 || !paragraph) { if (i > 0) start += 2; open(); }
      if (!part) return;
      const element = h(piece.classes.length ? "mark" : "span", { class: piece.classes.join(" ") || null, "data-at": start }, visible(part));
      paragraph.append(element);
      start += Array.from(part).length;
    });
  }
  return body;
}

/* Shows and focuses where `start` is, and says so by a flash. */
function reveal(body, start, end) {
  const marks = [...body.querySelectorAll("[data-at]")];
  for (const old of body.querySelectorAll(".flash")) old.classList.remove("flash");
  const found = marks.filter(mark => Number(mark.dataset.at) >= start && Number(mark.dataset.at) < end);
  const first = found[0] ?? marks.filter(mark => Number(mark.dataset.at) <= start).at(-1);
  for (const mark of found.length ? found : [first]) mark?.classList.add("flash");
  if (!first) return;
  first.setAttribute("tabindex", "-1");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  first.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  first.focus({ preventScroll: true });
}

function factLists(answer, body) {
  const text = Array.from(answer.article.text);
  return KINDS.filter(kind => answer[kind.key].length).map((kind, i) =>
    h("details", { open: i === 0, class: "facts" },
      h("summary", {}, h("span", { class: `key ${kind.class}` }), `${kind.name} `, h("span", { class: "count" }, count(answer[kind.key].length))),
      h("ol", {}, answer[kind.key].slice(0, 400).map(fact => h("li", {},
        h("button", { type: "button", class: "fact-button", onclick: () => reveal(body, fact.start, fact.end) }, kind.fact(fact, text)))))));
}

function sentenceList(answer, body) {
  const text = Array.from(answer.article.text);
  const rows = answer.sentences.filter(([, , value]) => value).sort((a, b) => Math.abs(b[2]) - Math.abs(a[2])).slice(0, 40);
  return rows.length > 0 && h("details", { class: "facts", id: "sentence-tones" },
    h("summary", {}, "Sentences by tone ", h("span", { class: "count" }, rows.length)),
    h("ol", {}, rows.map(([start, end, value]) => h("li", {},
      h("button", { type: "button", class: "fact-button", onclick: () => reveal(body, start, end) },
        tone(value), " ", bdi(text.slice(start, Math.min(end, start + 110)).join("")))))));
}

function switches(body) {
  const set = (kind, on) => body.classList.toggle(`show-${kind}`, on);
  const all = [...KINDS.map(kind => [kind.class, kind.name, kind.shown]), ["tone-bed", "Tone of sentences", false]];
  return h("fieldset", { class: "switches" }, h("legend", {}, "Mark in the text"),
    all.map(([name, label, on]) => {
      set(name, on);
      return h("label", {}, h("input", { type: "checkbox", checked: on, onchange: event => set(name, event.target.checked) }),
        h("span", { class: `key ${name}` }), label);
    }));
}

function about(article, answer, link, body) {
  const openTones = () => {
    const list = document.getElementById("sentence-tones");
    if (!list) return;
    list.open = true;
    list.querySelector("summary").focus();
    list.scrollIntoView({ block: "nearest" });
  };
  const rows = [
    ["Publisher", article.source && h("a", { href: link("articles", { source: article.source, order: "newest" }) }, bdi(article.source))],
    ["Authors", article.authors?.length && article.authors.map((name, i) => [i > 0 && ", ", bdi(name)])],
    ["Published", article.published && [time(article.published), h("span", { class: "small" }, ` (${article.published_from ?? "given"})`)]],
    ["Received", time(article.received)],
    ["Language", article.language && [language(article.language), h("span", { class: "small" }, ` ${Math.round((article.language_confidence ?? 0) * 100)} %`)]],
    ["Tone", h("button", { type: "button", class: "plain-button", onclick: openTones }, tone(article.tone))],
    ["About", article.focus && h("a", { href: link("articles", { country: article.focus, order: "newest" }) }, country(article.focus))],
    ["Genre", article.genre],
    ["Themes", article.themes?.length && article.themes.slice(0, 8).map(theme => h("span", { class: "chip quiet" }, theme.code))],
    ["Story", article.story && h("a", { href: link("story", { story: article.story }) }, "the same story elsewhere")],
    ["Revision", article.revision > 1 && String(article.revision)],
    ["Address", article.url && outside(article.url)],
    ["Analysis", article.analyzer],
  ];
  return h("dl", { class: "about" }, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export async function show({ rest, parameters, link }) {
  const answer = await get("/api/article", { article: rest[0] });
  const { article } = answer;
  if (!article) return { elements: [heading("Article"), nothing("There is no such article.")] };
  const at = wanted(parameters.get("at"));
  const body = textOf(article, answer, at);
  const elements = [
    h("article", { class: "reader" },
      heading(bdi(article.title || "Without a title"), article.cut && h("p", { class: "notice" }, "Only the beginning of this long article is shown.")),
      h("div", { class: "columns" },
        h("div", { class: "card paper" }, switches(body), body),
        h("aside", { "aria-label": "What was read from it" }, section("About", about(article, answer, link, body)),
          section("Read from the text", factLists(answer, body), sentenceList(answer, body))))),
  ];
  return { elements, scrolls: true, keepsFocus: Boolean(at), entered: () => at && reveal(body, at[0], at[1]) };
}
