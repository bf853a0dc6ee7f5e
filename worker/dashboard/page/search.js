/* Full-text search. */
import { get } from "./api.js";
import { h, heading, nothing, section, visible } from "./dom.js";
import { articleItem } from "./evidence.js";
import { count, language } from "./format.js";

const PAGE = 20;
const OPEN = "⟦", CLOSE = "⟧"; /* around matches in a snippet */

function snippet(text) {
  return (text ?? "").split(OPEN).flatMap((part, i) => {
    if (i === 0) return visible(part);
    const [match, ...rest] = part.split(CLOSE);
    return [h("mark", { class: "match" }, visible(match)), ...visible(rest.join(""))];
  });
}

function options(rows, value, any, name, text) {
  return [h("option", { value: "" }, any), ...rows.map(row =>
    h("option", { value: row[name], selected: row[name] === value }, `${text(row[name])} (${count(row.articles)})`)),
  ...(value && !rows.some(row => row[name] === value) ? [h("option", { value, selected: true }, value)] : [])];
}

function form(asked, filters, link) {
  const submit = event => {
    event.preventDefault();
    const given = new FormData(event.target);
    location.hash = link("search", { q: given.get("q"), source: given.get("source"), language: given.get("language") });
  };
  return h("form", { class: "search", role: "search", onsubmit: submit },
    h("div", { class: "field wide" }, h("label", { for: "q" }, "Words"),
      h("input", { id: "q", name: "q", type: "search", value: asked.q ?? "", maxlength: 200, autocomplete: "off",
        placeholder: "ferry -harbour, \"grain corridor\"" })),
    h("div", { class: "field" }, h("label", { for: "source" }, "Publisher"),
      h("select", { id: "source", name: "source" }, options(filters.sources, asked.source, "any", "source", name => name))),
    h("div", { class: "field" }, h("label", { for: "language" }, "Language"),
      h("select", { id: "language", name: "language" }, options(filters.languages, asked.language, "any", "language", language))),
    h("button", { type: "submit", class: "primary" }, "Search"));
}

function turning(asked, offset, more, link) {
  const to = at => link("search", { ...asked, offset: at || null });
  return h("p", { class: "turning" }, offset > 0 && h("a", { href: to(offset - PAGE) }, "← Before"), " ",
    more && h("a", { href: to(offset + PAGE) }, "More →"));
}

export async function show({ parameters, from, to, link }) {
  const asked = Object.fromEntries(["q", "source", "language"].map(name => [name, parameters.get(name)]));
  const offset = Math.max(0, Math.min(1000, parseInt(parameters.get("offset") ?? "0", 10) || 0));
  const [filters, found] = await Promise.all([get("/api/sources", { from, to }),
    asked.q ? get("/api/search", { from, to, ...asked, offset }) : get("/api/articles", { from, to, source: asked.source, language: asked.language })]);
  const last = offset + found.articles.length;
  const said = !asked.q ? "The newest articles" : offset || found.more ? `Articles ${offset + 1} to ${last}, best first`
    : last === 1 ? "1 article" : `${last || "No"} articles`;
  return { elements: [
    heading("Search"),
    form(asked, filters, link),
    section(null, h("h2", { role: "status" }, said), found.articles.length
      ? h("ol", { class: "evidences" }, found.articles.map(row => articleItem(link, row, snippet(row.snippet))))
      : nothing("Nothing was found in this stretch of time.")),
    asked.q ? turning(asked, offset, found.more, link) : "",
  ] };
}
