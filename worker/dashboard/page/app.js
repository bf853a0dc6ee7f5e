/* The page: which part of it the address names, the stretch of time, light and dark. */
import { getWorld, leavePage } from "./api.js";
import { h } from "./dom.js";
import { learnCountries } from "./format.js";
import * as articles from "./articles.js";
import * as article from "./article.js";
import * as events from "./events.js";
import * as map from "./map.js";
import * as matrix from "./matrix.js";
import * as names from "./names.js";
import * as pipeline from "./pipeline.js";
import * as search from "./search.js";
import * as stories from "./stories.js";
import * as tone from "./tone.js";

/* A page gives its elements for a route; the first seven are in the menu. */
const PAGES = [
  { path: "pipeline", title: "Pipeline", show: pipeline.show },
  { path: "search", title: "Search", show: search.show },
  { path: "map", title: "Map", show: map.show },
  { path: "tone", title: "Tone", show: tone.show },
  { path: "matrix", title: "Who to whom", show: matrix.show },
  { path: "names", title: "Names", show: names.show },
  { path: "stories", title: "Stories", show: stories.show },
  { path: "article", title: "Article", show: article.show, hidden: true },
  { path: "articles", title: "Articles", show: articles.show, hidden: true },
  { path: "events", title: "Events", show: events.show, hidden: true },
  { path: "mentions", title: "Mentions", show: names.showMentions, hidden: true },
  { path: "story", title: "Story", show: stories.showOne, hidden: true },
  { path: "dead", title: "Dead letters", show: pipeline.showDead, hidden: true },
];

const RANGES = [["1h", "the last hour", 3600], ["24h", "the last 24 hours", 86400], ["7d", "the last 7 days", 7 * 86400],
  ["30d", "the last 30 days", 30 * 86400], ["1y", "the last year", 366 * 86400], ["all", "all time", null]];

/* #/tone?range=7d&by=source: path, rest of the path, parameters, and the stretch of time. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/");
  const parameters = new URLSearchParams(query ?? "");
  return { page, rest, parameters, ...stretch(parameters), link: linker(parameters) };
}

function stretch(parameters) {
  const given = parameters.get("from"), until = parameters.get("to");
  if (given && until) return { from: given, to: until, custom: true };
  const [, , seconds] = RANGES.find(([key]) => key === parameters.get("range")) ?? RANGES[1];
  const now = Date.now();
  const from = seconds === null ? "2000-01-01T00:00:00Z" : new Date(now - seconds * 1000).toISOString();
  return { from, to: new Date(now + 60000).toISOString(), custom: false };
}

/* Links keep the stretch of time unless they name another. */
function linker(parameters) {
  return (path, more = {}) => {
    const query = new URLSearchParams();
    for (const name of ["range", "from", "to"]) if (parameters.get(name)) query.set(name, parameters.get(name));
    if ("range" in more) { query.delete("from"); query.delete("to"); }
    for (const [name, value] of Object.entries(more)) {
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return `#/${path}${text ? "?" + text : ""}`;
  };
}

function showMenu(current, link) {
  document.getElementById("pages").replaceChildren(...PAGES.filter(page => !page.hidden).map(page =>
    h("li", {}, h("a", { href: link(page.path), "aria-current": page === current ? "page" : null }, page.title))));
  document.querySelector("#pages [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function stretchText({ from, to }) {
  const day = text => text.slice(0, 10), last = new Date(new Date(to) - 1).toISOString();
  return day(from) === day(last) ? day(from) : `${day(from)} to ${day(last)}`;
}

/* Days of UTC, the last one included. */
function askStretch() {
  const dialog = document.getElementById("stretch"), since = document.getElementById("since"), until = document.getElementById("until");
  const found = route();
  since.value = found.from.slice(0, 10);
  until.value = new Date(new Date(found.to) - 60001).toISOString().slice(0, 10);
  dialog.returnValue = "cancel";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "choose" || !since.value || !until.value) { showRange(route()); return; }
    const [first, last] = [since.value, until.value].sort();
    go({ from: `${first}T00:00:00Z`, to: new Date(+new Date(`${last}T00:00:00Z`) + 86400e3).toISOString(), range: null });
  }, { once: true });
}

/* The same page in another stretch of time. */
function go(stretch) {
  const found = route();
  const kept = Object.fromEntries([...found.parameters].filter(([name]) => !["from", "to", "range", "at"].includes(name)));
  location.hash = found.link([found.page || "pipeline", ...found.rest].join("/"), { ...kept, ...stretch });
}

function showRange(found) {
  const select = document.getElementById("range");
  const chosen = found.custom ? "custom" : RANGES.some(([key]) => key === found.parameters.get("range")) ? found.parameters.get("range") : "24h";
  select.replaceChildren(...RANGES.map(([key, text]) => h("option", { value: key, selected: key === chosen }, text)),
    h("option", { value: "custom", selected: found.custom }, found.custom ? stretchText(found) : "a chosen stretch …"));
}

let leave = null, shown = 0, entered = false;

async function show() {
  const found = route(), number = ++shown;
  const page = PAGES.find(each => each.path === found.page) ?? PAGES[0];
  const main = document.getElementById("main");
  leavePage();
  leave?.();
  leave = null;
  showMenu(page, found.link);
  showRange(found);
  document.title = `${page.title} · newsmill`;
  main.setAttribute("aria-busy", "true");
  try {
    const world = await getWorld();
    learnCountries(world.countries);
    const result = await page.show(found, main);
    if (number !== shown) { result?.leave?.(); return; }
    main.replaceChildren(...[result.elements].flat());
    leave = result.leave ?? null;
    result.entered?.();
    if (entered && !result.keepsFocus) main.querySelector("h1")?.focus({ preventScroll: Boolean(result.scrolls) });
    entered = true;
  } catch (error) {
    if (error.name === "AbortError" || number !== shown) return;
    main.replaceChildren(h("h1", { tabindex: "-1" }, page.title),
      h("div", { class: "notice", role: "alert" }, h("p", {}, error.message || "The server does not answer."),
        h("button", { type: "button", onclick: show }, "Try again")));
  } finally {
    if (number === shown) main.removeAttribute("aria-busy");
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function showTheme() {
  const button = document.getElementById("theme");
  button.setAttribute("aria-pressed", String(isDark()));
}

function switchTheme() {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem("newsmill-theme", next); } catch { /* storage may be forbidden */ }
  showTheme();
}

function start() {
  document.getElementById("theme").addEventListener("click", switchTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  document.getElementById("range").addEventListener("change", event => {
    if (event.target.value === "custom") askStretch();
    else go({ range: event.target.value });
  });
  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    document.getElementById("main").focus();
  });
  addEventListener("hashchange", show);
  showTheme();
  show();
}

start();
