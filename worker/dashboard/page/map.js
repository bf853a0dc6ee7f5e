/* Where articles are about, and in which tone. */
import { get, getWorld } from "./api.js";
import { bdi, h, heading, nothing, s, section, table } from "./dom.js";
import { count, country, signed, tone, toneStep } from "./format.js";

const WIDTH = 960, HEIGHT = 470;

/* world.json's rings of hundredths of degrees as GeoJSON. */
function feature(shape) {
  const ring = flat => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] / 100, flat[2 * i + 1] / 100]);
  const closed = flat => { const points = ring(flat); points.push(points[0]); return points; };
  return { type: "Feature", code: shape.code,
    geometry: { type: "MultiPolygon", coordinates: shape.polygons.map(polygon => polygon.map(closed)) } };
}

function land(world, path, byCountry, link) {
  return world.shapes.map(shape => {
    const row = byCountry.get(shape.code);
    const outline = s("path", { d: path(feature(shape)), class: `land ${row ? toneStep(row.tone) : ""}` });
    if (!row) return outline;
    const said = `${country(shape.code)}: ${count(row.articles)} articles, tone ${signed(row.tone)}`;
    return s("a", { href: link("mentions", { country: shape.code }), tabindex: "-1", "aria-hidden": "true" }, outline, s("title", {}, said));
  });
}

function spots(places, projection, link) {
  const most = Math.max(1, ...places.map(place => place.mentions));
  const radius = d3.scaleSqrt().domain([0, most]).range([2, Math.min(13, 4 + most)]);
  return [...places].sort((a, b) => b.mentions - a.mentions).map(place => {
    const [x, y] = projection([place.lon, place.lat]);
    const circle = s("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius(place.mentions).toFixed(1), class: `spot ${toneStep(place.tone)}` });
    return s("a", { href: link("mentions", { name: place.name, country: place.country }), tabindex: "-1", "aria-hidden": "true" }, circle,
      s("title", {}, `${place.name}: ${count(place.mentions)} mentions, tone ${signed(place.tone)}`));
  });
}

function zoomable(svg, inner) {
  const zoom = d3.zoom().scaleExtent([1, 12]).translateExtent([[0, 0], [WIDTH, HEIGHT]])
    .filter(() => !d3.event.ctrlKey && (d3.event.type !== "wheel" || d3.event.shiftKey || d3.zoomTransform(svg).k > 1))
    .on("zoom", () => {
      inner.setAttribute("transform", d3.event.transform.toString());
      svg.style.setProperty("--zoom", d3.event.transform.k);
    });
  const selection = d3.select(svg).call(zoom);
  const by = factor => h("button", { type: "button", "aria-label": factor > 1 ? "Closer" : "Further away", onclick: () => selection.call(zoom.scaleBy, factor) },
    factor > 1 ? "+" : "−");
  return h("div", { class: "zoom" }, by(1.6), by(1 / 1.6));
}

function legend() {
  return h("ul", { class: "legend" }, ["n4", "n3", "n2", "n1", "0", "p1", "p2", "p3", "p4"].map((step, i) =>
    h("li", { class: `swatch step-${step}` }, i === 0 ? "darker" : i === 8 ? "brighter" : "")));
}

export async function show({ parameters, from, to, link }) {
  const source = parameters.get("source");
  const [world, { places, countries }] = await Promise.all([getWorld(), get("/api/map", { from, to, source })]);
  const projection = d3.geoEqualEarth().rotate([-11, 0]).fitExtent([[4, 4], [WIDTH - 4, HEIGHT + 26]], { type: "Sphere" });
  const path = d3.geoPath(projection).digits ? d3.geoPath(projection).digits(1) : d3.geoPath(projection);
  const byCountry = new Map(countries.map(row => [row.country, row]));
  const inner = s("g", {}, s("path", { class: "sea", d: path({ type: "Sphere" }) }), land(world, path, byCountry, link), spots(places, projection, link));
  const svg = s("svg", { class: "map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `A map of the world: ${countries.length} countries and ${places.length} places, coloured by tone. The table below says the same.` }, inner);
  const columns = [
    { name: "Country", cell: row => h("a", { href: link("mentions", { country: row.country }) }, country(row.country)) },
    { name: "Mentions", number: true, cell: row => count(row.mentions) },
    { name: "Articles", number: true, cell: row => count(row.articles) },
    { name: "Tone", number: true, cell: row => tone(row.tone) },
  ];
  const placeColumns = [
    { name: "Place", cell: row => h("a", { href: link("mentions", { name: row.name, country: row.country }) }, bdi(row.name)) },
    { name: "Country", cell: row => row.country ? country(row.country) : "–" },
    { name: "Mentions", number: true, cell: row => count(row.mentions) },
    { name: "Tone", number: true, cell: row => tone(row.tone) },
  ].filter(column => column.name !== "Tone" || places.some(place => place.tone !== null)); /* whole days have none */
  return { elements: [
    heading("Map", h("p", { class: "lead" }, "Countries and places by how often they are named, in the tone of the articles. Choose one for its sentences.")),
    section(null, h("div", { class: "map-frame" }, svg, zoomable(svg, inner)), legend(),
      countries.length ? "" : nothing("No place was named in this stretch of time.")),
    h("div", { class: "two tall" },
      section("Countries", table("Countries by mentions", columns, countries)),
      section("Places", table("Places by mentions", placeColumns, places))),
  ] };
}
