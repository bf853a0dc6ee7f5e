/* Stories: what several publishers printed, and how each spread. */
import { get } from "./api.js";
import { bdi, chartWidth, h, heading, nothing, s, section, table } from "./dom.js";
import { count, country, time, tone } from "./format.js";

const ORDERS = [["wide", "by publishers"], ["new", "newest"]];
const HEIGHT = 150, LEFT = 34, BOTTOM = 24;

/* "after 2 h 10 min" */
function after(seconds) {
  if (!seconds) return "first";
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return `+ ${Math.round(seconds)} s`;
  if (minutes < 60) return `+ ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `+ ${hours} h ${minutes % 60} min` : `+ ${Math.round(hours / 24)} d`;
}

function storyItem(link, story) {
  const lasted = (new Date(story.last_received) - new Date(story.first_received)) / 1000;
  return h("li", { class: "evidence" },
    h("p", { class: "fact" }, h("a", { href: link("story", { story: story.story }), class: "to-article" }, bdi(story.first_title || "Without a title"))),
    h("p", { class: "numbers" },
      h("a", { class: "chip", href: link("story", { story: story.story }) }, h("strong", {}, count(story.articles)), " articles"),
      h("span", { class: "chip" }, h("strong", {}, count(story.sources)), story.sources === 1 ? " publisher" : " publishers"),
      h("span", { class: "chip" }, h("strong", {}, count(story.copies)), story.copies === 1 ? " copy" : " copies")),
    h("p", { class: "origin" }, "first in ", story.first_source ? bdi(story.first_source) : "an unknown publisher", " · ", time(story.first_received),
      lasted > 0 && ` · spread for ${after(lasted).slice(2)}`, story.country && ` · ${country(story.country)}`));
}

export async function show({ parameters, from, to, link }) {
  const order = ORDERS.some(([name]) => name === parameters.get("order")) ? parameters.get("order") : "wide";
  const { stories } = await get("/api/stories", { from, to, order });
  return { elements: [
    heading("Stories", h("p", { class: "lead" }, "What more than one publisher printed: copies and light rewrites of one text.")),
    h("ul", { class: "chips", "aria-label": "Order" }, ORDERS.map(([name, title]) => h("li", {},
      h("a", { class: "chip", href: link("stories", { order: name }), "aria-current": name === order ? "true" : null }, title)))),
    section(null, stories.length ? h("ol", { class: "evidences" }, stories.map(story => storyItem(link, story)))
      : nothing("Nothing was printed twice in this stretch of time.")),
  ] };
}

/* Articles over time, one step up for each. */
function spread(articles) {
  const width = chartWidth();
  const last = Math.max(120, articles.at(-1).seconds);
  const x = d3.scaleLinear().domain([0, last]).range([LEFT, width - 14]);
  const y = d3.scaleLinear().domain([0, articles.length]).range([HEIGHT - BOTTOM, 12]);
  const line = d3.line().curve(d3.curveStepAfter).x(([at]) => x(at)).y(([, n]) => y(n));
  const points = articles.map((article, i) => [article.seconds, i + 1]);
  return s("svg", { class: "chart spread", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img",
    "aria-label": `${articles.length} articles in ${after(last).slice(2)}. The table below says the same.` },
  s("g", { class: "tick" }, s("line", { x1: LEFT, x2: width - 14, y1: y(0), y2: y(0) })),
  [0, last / 2, last].map(at => s("text", { x: x(at), y: HEIGHT - 6, "text-anchor": at === 0 ? "start" : at === last ? "end" : "middle" }, after(at))),
  s("text", { x: LEFT - 8, y: y(articles.length) + 4, "text-anchor": "end" }, count(articles.length)),
  s("g", { class: "series line-2" }, s("path", { class: "line", d: line([[0, 0], ...points, [last, articles.length]]) }),
    points.map(([at, n], i) => s("circle", { class: "dot", cx: x(at).toFixed(1), cy: y(n).toFixed(1), r: articles.length > 60 ? 2 : 4.5 },
      s("title", {}, `${articles[i].source ?? "unknown publisher"}, ${after(at)}`)))));
}

export async function showOne({ parameters, link }) {
  const { story, articles } = await get("/api/story", { story: parameters.get("story") });
  if (!story || !articles.length) return { elements: [heading("Story"), nothing("There is no such story.")] };
  const columns = [
    { name: "Article", cell: a => h("a", { href: link(`article/${a.article}`) }, bdi(a.title || "Without a title")) },
    { name: "Publisher", cell: a => a.source ? h("a", { href: link("articles", { source: a.source }) }, bdi(a.source)) : "unknown" },
    { name: "When", cell: a => h("span", { title: a.received }, after(a.seconds)) },
    { name: "Alike", number: true, cell: a => a.copy && a.similarity !== null ? `${Math.round(a.similarity * 100)} %` : "–" },
    { name: "Kind", cell: a => !a.copy ? "original" : a.similarity >= 0.9 ? "copy" : "rewrite" },
    { name: "Tone", number: true, cell: a => tone(a.tone) },
  ];
  return { elements: [
    heading(bdi(story.first_title || "Without a title"), h("p", { class: "lead" },
      `${count(story.articles)} articles of ${count(story.sources)} publishers, ${count(story.copies)} of them copies or rewrites. First in `,
      story.first_source ? bdi(story.first_source) : "an unknown publisher", ", ", time(story.first_received), ".")),
    section("How it spread", h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Chart of the spread" }, spread(articles))),
    section("Articles", table("Articles of the story", columns, articles)),
  ] };
}
