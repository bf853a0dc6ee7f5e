/* Articles of a source, a language, a country or a stretch of time. */
import { get } from "./api.js";
import { bdi, h, heading, nothing, section, visible } from "./dom.js";
import { articleItem } from "./evidence.js";
import { country, language } from "./format.js";

const ORDERS = ["newest", "darkest", "brightest"];

export async function show({ parameters, from, to, link }) {
  const asked = Object.fromEntries(["source", "language", "country"].map(name => [name, parameters.get(name)]));
  const order = ORDERS.includes(parameters.get("order")) ? parameters.get("order") : "newest";
  const { articles } = await get("/api/articles", { from, to, ...asked, order });
  const of = [asked.source && bdi(asked.source), asked.language && language(asked.language), asked.country && `about ${country(asked.country)}`]
    .filter(Boolean);
  const orders = ORDERS.map(each => h("li", {}, h("a", { class: "chip", href: link("articles", { ...asked, order: each }),
    "aria-current": each === order ? "true" : null }, each)));
  return { elements: [
    heading("Articles", of.length > 0 && h("p", { class: "lead" }, of.map((part, i) => [i > 0 && ", ", part]))),
    h("ul", { class: "chips", "aria-label": "Order" }, orders),
    section(null, articles.length
      ? h("ol", { class: "evidences" }, articles.map(row => articleItem(link, row, visible(row.snippet ?? ""))))
      : nothing("No article came in this stretch of time.")),
  ] };
}
