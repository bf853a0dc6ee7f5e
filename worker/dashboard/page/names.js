/* Names that rise against their own past, and the sentences that name one. */
import { get } from "./api.js";
import { bdi, h, heading, nothing, s, section, table } from "./dom.js";
import { mentionItem } from "./evidence.js";
import { count, country } from "./format.js";

function bar(value, most) {
  const svg = s("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { width: most ? Math.max(1, value / most * 100) : 0, height: 8, rx: 1 }));
  return svg;
}

export async function show({ from, to, link }) {
  const { names, ...days } = await get("/api/trending", { from, to });
  const most = Math.max(0, ...names.map(row => row.articles));
  const columns = [
    { name: "Name", cell: row => h("a", { href: link("mentions", { name: row.name, ...days }) }, bdi(row.name)) },
    { name: "Kind", cell: row => row.type },
    { name: "Articles", number: true, cell: row => count(row.articles) },
    { name: "Before", number: true, cell: row => count(row.before) },
    { name: "", cell: row => bar(row.articles, most) },
  ];
  return { elements: [
    heading("Names", h("p", { class: "lead" }, "Who and what is named in more articles than before: whole days, beside as many days before them.")),
    section(null, names.length ? table("Names, those that rose most first", columns, names, { class: "trending" })
      : nothing("Nothing was named in this stretch of time.")),
  ] };
}

export async function showMentions({ parameters, from, to, link }) {
  const name = parameters.get("name"), code = parameters.get("country");
  const { mentions } = await get("/api/mentions", { from, to, name, country: code });
  return { elements: [
    heading(h("span", {}, name ? bdi(name) : country(code), name && code ? `, ${country(code)}` : ""),
      h("p", { class: "lead" }, "The sentences that name it, newest first. ",
        code && h("a", { href: link("articles", { country: code }) }, `Articles about ${country(code)}`))),
    section(null, mentions.length
      ? h("ol", { class: "evidences" }, mentions.map(mention => mentionItem(link, mention)))
      : nothing("No sentence names it in this stretch of time.")),
  ] };
}
