/* Who did what to whom: actors by actors. A cell is a link to its events. */
import { get } from "./api.js";
import { h, heading, nothing, s, section } from "./dom.js";
import { actor, count, goldsteinStep, QUADS, signed } from "./format.js";

function shares(pair) {
  const total = pair.quads.reduce((sum, n) => sum + n, 0) || 1;
  let at = 0;
  return s("svg", { class: "quads", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    pair.quads.map((n, i) => {
      const x = at;
      at += n / total * 100;
      return s("rect", { class: `fill-quad-${i + 1}`, x, y: 0, width: n / total * 100, height: 6 });
    }));
}

function describe(source, target, pair) {
  const kinds = pair.quads.map((n, i) => n ? `${n} ${QUADS[i + 1]}` : null).filter(Boolean).join(", ");
  return `${actor(source)} to ${actor(target)}: ${pair.events} events, Goldstein ${signed(pair.goldstein)}; ${kinds}`;
}

function cell(source, target, pair, eventsOf) {
  if (!pair) return h("td", { class: "empty" }, h("span", { class: "unseen" }, "none"));
  const text = describe(source, target, pair);
  return h("td", { class: `cell ${goldsteinStep(pair.goldstein)}` },
    h("a", { href: eventsOf({ actor: source, target }), title: text, "aria-label": text }, count(pair.events), shares(pair)));
}

function legend() {
  return h("ul", { class: "legend" },
    ["n4", "n3", "n2", "n1", "0", "p1", "p2", "p3", "p4"].map((step, i) =>
      h("li", { class: `swatch step-${step}` }, i === 0 ? "conflict" : i === 8 ? "cooperation" : "")));
}

function listed(pairs, eventsOf) {
  const top = [...pairs].sort((a, b) => b.events - a.events).slice(0, 12);
  return h("ol", { class: "plain" }, top.map(pair => h("li", {},
    h("a", { href: eventsOf({ actor: pair.source, target: pair.target }) }, `${actor(pair.source)} → ${actor(pair.target)}`),
    ` ${count(pair.events)} `, h("span", { class: `tone ${goldsteinStep(pair.goldstein)}` }, signed(pair.goldstein)))));
}

export async function show({ from, to, link }) {
  const answer = await get("/api/matrix", { from, to });
  /* Long stretches are counted by whole days: the links lead to the same ones. */
  const days = +new Date(answer.from) === +new Date(from) ? {} : { from: answer.from, to: answer.to };
  const eventsOf = who => link("events", { ...who, ...days });
  const actors = answer.actors.map(([code]) => code);
  const pairs = answer.pairs.map(([source, target, events, goldstein, ...quads]) => ({ source, target, events, goldstein, quads }));
  const by = new Map(pairs.map(pair => [`${pair.source} ${pair.target}`, pair]));
  const lead = h("p", { class: "lead" }, "Rows did it, columns are whom it was done to. Colour is the mean Goldstein score, the bar below the four quad classes.");
  if (!pairs.length)
    return { elements: [heading("Who did what to whom", lead), section(null, nothing("No event between two actors in this stretch of time."))] };
  const head = h("tr", {}, h("td", { class: "corner" }), actors.map(code => h("th", { scope: "col", title: actor(code) }, h("span", {}, code))));
  const rows = actors.map(source => h("tr", {}, h("th", { scope: "row", title: source },
    h("a", { href: eventsOf({ actor: source }) }, actor(source))),
  actors.map(target => cell(source, target, by.get(`${source} ${target}`), eventsOf))));
  return { elements: [
    heading("Who did what to whom", lead),
    section(null, legend(), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Matrix of actors" },
      h("table", { class: "matrix" }, h("caption", { class: "unseen" }, "Events between actors: rows did it, columns are whom it was done to"),
        h("thead", {}, head), h("tbody", {}, rows)))),
    section("The busiest pairs", listed(pairs, eventsOf)),
  ] };
}
