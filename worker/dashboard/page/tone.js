/* Tone over time, of all articles and of the leading sources, countries or languages. */
import { get } from "./api.js";
import { asTable, bdi, chartWidth, h, heading, nothing, s, section } from "./dom.js";
import { count, country, language, signed, tone } from "./format.js";

const HEIGHT = 340, LEFT = 44, RIGHT = 16, TOP = 14, BOTTOM = 28;
const BY = [["source", "publishers", name => bdi(name)], ["country", "countries", name => country(name)], ["language", "languages", name => language(name)]];

/* What a bucket is for a stretch of time: some sixty of them. */
function bucketOf(from, to) {
  const span = (new Date(to) - new Date(from)) / 1000;
  const steps = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400];
  return steps.find(step => span / step <= 72) ?? 90 * 86400;
}

function extent(lines) {
  const tones = lines.flatMap(line => line.points.map(point => point[2])).filter(value => value !== null);
  const times = lines.flatMap(line => line.points.map(point => +new Date(point[0])));
  const reach = Math.max(2, ...tones.map(Math.abs));
  return { times: d3.extent(times), reach };
}

function axes(x, y, bucket, width) {
  const format = d3.utcFormat(bucket < 86400 ? (x.domain()[1] - x.domain()[0] > 2 * 86400e3 ? "%d %b %H:%M" : "%H:%M") : "%d %b %Y");
  return [
    y.ticks(6).map(value => s("g", { class: value === 0 ? "zero" : "tick" }, s("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      s("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, signed(value)))),
    x.ticks(width / 150).map(value => s("text", { class: "axis", x: x(value), y: HEIGHT - 8, "text-anchor": "middle" }, format(value))),
  ];
}

function drawn(line, index, x, y, step, openLink) {
  const path = d3.line().x(point => x(new Date(point[0]))).y(point => y(point[2])).defined(point => point[2] !== null);
  const dots = line.points.map(point => s("a", { href: openLink(line, point), tabindex: "-1", "aria-hidden": "true" },
    s("circle", { class: `dot line-${index}`, cx: x(new Date(point[0])).toFixed(1), cy: y(point[2] ?? 0).toFixed(1), r: line.points.length > 60 ? 2.5 : 4 }),
    s("title", {}, `${line.label}, ${new Date(point[0]).toISOString().slice(0, 16).replace("T", " ")}: tone ${signed(point[2])}, ${count(point[1])} articles`)));
  return s("g", { class: `series line-${index}` }, s("path", { class: "line", d: path(line.points) }), dots);
}

function volume(all, x, step) {
  const most = Math.max(1, ...all.map(point => point[1]));
  const wide = Math.max(1, x(new Date(+x.domain()[0] + step * 1000)) - x(x.domain()[0]) - 1);
  return s("g", { class: "volume" }, all.map(point => {
    const tall = point[1] / most * 46;
    return s("rect", { x: (x(new Date(point[0])) - wide / 2).toFixed(1), y: (HEIGHT - BOTTOM - tall).toFixed(1), width: wide.toFixed(1), height: tall.toFixed(1) });
  }));
}

/* The whole stretch, unless it is all time: then that which has articles. */
function stretch(times, from, to, bucket) {
  const years = (new Date(to) - new Date(from)) / 31557600e3;
  return years < 5 ? [Math.min(times[0], new Date(from)), +new Date(to)] : [times[0] - bucket * 1000, times[1] + bucket * 1000];
}

function chart(lines, bucket, openLink, from, to) {
  const { times, reach } = extent(lines);
  const width = chartWidth();
  const x = d3.scaleUtc().domain(stretch(times, from, to, bucket)).range([LEFT + 10, width - RIGHT - 10]);
  const y = d3.scaleLinear().domain([-reach, reach]).nice().range([HEIGHT - BOTTOM, TOP]);
  return s("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img",
    "aria-label": `Tone over time of ${lines.length} series. The table below says the same.` },
  volume(lines[0].points, x, bucket), axes(x, y, bucket, width), lines.map((line, i) => drawn(line, i, x, y, bucket, openLink)));
}

function key(lines, by, link) {
  return h("ul", { class: "series-key" }, lines.map((line, i) => h("li", {}, h("span", { class: `line-key line-${i}`, "aria-hidden": "true" }),
    line.name === null ? h("span", {}, "all articles") : h("a", { href: link("articles", { [by]: line.name, order: "newest" }) }, line.shown), " ", tone(line.tone))));
}

export async function show({ parameters, from, to, link }) {
  const [by, , shown] = BY.find(([name]) => name === parameters.get("by")) ?? BY[0];
  const bucket = bucketOf(from, to);
  const answer = await get("/api/tone", { from, to, by, bucket });
  const mean = answer.all.length ? d3.sum(answer.all, p => p[1] * (p[2] ?? 0)) / d3.sum(answer.all, p => p[1]) : null;
  const lines = [{ name: null, label: "all articles", tone: mean, points: answer.all },
    ...answer.series.map(each => ({ ...each, shown: shown(each.name), label: by === "country" ? country(each.name) : each.name }))];
  const openLink = (line, point) => link("articles", { from: point[0], to: new Date(+new Date(point[0]) + bucket * 1000).toISOString(),
    [by]: line.name, order: "darkest" });
  const columns = [
    { name: "Since", cell: row => row.point[0].slice(0, 16).replace("T", " ") },
    { name: "Of", cell: row => row.line.name === null ? "all articles" : shown(row.line.name) },
    { name: "Articles", number: true, cell: row => h("a", { href: openLink(row.line, row.point) }, count(row.point[1])) },
    { name: "Tone", number: true, cell: row => tone(row.point[2]) },
  ];
  const rows = lines.flatMap(line => line.points.map(point => ({ line, point })));
  return { elements: [
    heading("Tone over time", h("p", { class: "lead" }, "Mean tone of articles as they were received; bars are how many. Choose a point for its articles.")),
    h("ul", { class: "chips", "aria-label": "By" }, BY.map(([name, title]) => h("li", {},
      h("a", { class: "chip", href: link("tone", { by: name }), "aria-current": name === by ? "true" : null }, title)))),
    section(null, answer.all.length ? [h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Chart of tone" }, chart(lines, bucket, openLink, from, to)),
      key(lines, by, link), asTable("Tone over time", columns, rows)] : nothing("No article came in this stretch of time.")),
  ] };
}
