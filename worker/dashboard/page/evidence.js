/* Sentences with what was read from them: the way from every number to its words. */
import { bdi, h, visible } from "./dom.js";
import { actor, goldsteinStep, QUADS, signed, time, tone } from "./format.js";

/* Pieces of `text` (from code point `offset` on), each with the classes of the spans that cover it. Spans are
 * [start, end, class]; what lies outside is cut off. */
export function pieces(text, offset, spans) {
  const points = Array.from(text);
  const inside = spans
    .map(([start, end, name]) => [Math.max(0, start - offset), Math.min(points.length, end - offset), name])
    .filter(([start, end]) => start < end);
  const edges = [...new Set([0, points.length, ...inside.flatMap(([start, end]) => [start, end])])].sort((a, b) => a - b);
  const opening = new Map(), closing = new Map(), covering = new Map();
  for (const [start, end, name] of inside) {
    opening.set(start, [...(opening.get(start) ?? []), name]);
    closing.set(end, [...(closing.get(end) ?? []), name]);
  }
  const result = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    for (const name of closing.get(edges[i]) ?? []) covering.set(name, covering.get(name) - 1);
    for (const name of opening.get(edges[i]) ?? []) covering.set(name, (covering.get(name) ?? 0) + 1);
    const classes = [...covering].filter(([, times]) => times > 0).map(([name]) => name);
    result.push({ text: points.slice(edges[i], edges[i + 1]).join(""), start: offset + edges[i], classes });
  }
  return result;
}

export function marked(text, offset, spans) {
  const element = h("bdi", { dir: "auto", class: "sentence" });
  for (const piece of pieces(text, offset, spans))
    element.append(...(piece.classes.length ? [h("mark", { class: piece.classes.join(" ") }, visible(piece.text))] : visible(piece.text)));
  return element;
}

export function articleLink(link, row, at) {
  return h("a", { href: link(`article/${row.article}`, { at }), class: "to-article" }, bdi(row.title || "Without a title"));
}

function origin(link, row, publisher) {
  return h("p", { class: "origin" }, publisher ? bdi(publisher) : "unknown publisher", " · ", time(row.received));
}

export function eventItem(link, event) {
  const spans = [[event.source_start, event.source_end, "ev-actor"], [event.target_start, event.target_end, "ev-target"],
    [event.start, event.end, "ev-event"]].filter(([start]) => start !== null && start !== undefined);
  return h("li", { class: "evidence" },
    h("p", { class: "fact" },
      h("span", { class: `badge quad-${event.quad ?? 0}` }, event.type),
      " ", h("strong", {}, event.source_code ? actor(event.source_code) : bdi(event.source ?? "somebody")),
      " → ", h("strong", {}, event.target_code ? actor(event.target_code) : bdi(event.target ?? "nobody named")),
      h("span", { class: "small" }, ` ${QUADS[event.quad] ?? ""}`, event.goldstein !== null && [", Goldstein ",
        h("span", { class: `tone ${goldsteinStep(event.goldstein)}` }, signed(event.goldstein))],
      event.modality && event.modality !== "actual" && `, ${event.modality}`, event.negated && ", said not to have happened",
      event.date && `, ${event.date}`)),
    event.sentence && h("blockquote", {}, h("a", { href: link(`article/${event.article}`, { at: `${event.start}-${event.end}` }) },
      marked(event.sentence, event.sentence_start ?? 0, spans))),
    articleLink(link, event, `${event.start}-${event.end}`), origin(link, event, event.publisher));
}

export function mentionItem(link, mention) {
  return h("li", { class: "evidence" },
    h("blockquote", {}, h("a", { href: link(`article/${mention.article}`, { at: `${mention.start}-${mention.end}` }) },
      marked(mention.sentence ?? mention.text, mention.sentence_start ?? mention.start, [[mention.start, mention.end, "ev-event"]]))),
    h("p", { class: "fact" }, articleLink(link, mention, `${mention.start}-${mention.end}`), " ",
      mention.tone !== null && mention.tone !== undefined && tone(mention.tone, { title: "Tone of the sentence" })),
    origin(link, mention, mention.source));
}

export function articleItem(link, row, snippet) {
  return h("li", { class: "evidence" },
    h("p", { class: "fact" }, articleLink(link, row), " ", tone(row.tone)),
    h("p", { class: "snippet" }, snippet),
    h("p", { class: "origin" }, row.source ? bdi(row.source) : "unknown publisher", " · ", time(row.published ?? row.received),
      ` · ${row.language}`, ` · ${row.words} words`));
}
