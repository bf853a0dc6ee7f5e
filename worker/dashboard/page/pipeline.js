/* The pipeline as it works: books, stages, rates, workers, what died. Looks again every two seconds. */
import { get } from "./api.js";
import { bdi, h, heading, nothing, s, section, table } from "./dom.js";
import { ago, count, rate, time } from "./format.js";

const LOOK_MS = 2000, SAY_MS = 10000;
const COUNT_EVERY = 3; /* looks: what the database has to count for */

/* What `newsmill up` knows of itself; a dashboard that stands alone has only the database. */
async function standing() {
  try { return await get("/status"); } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

function books(of, link) {
  const part = (name, value, href, of_, mark) => h("div", { class: `part ${mark ?? ""}` }, h("dt", {}, name),
    h("dd", {}, href ? h("a", { href }, count(value)) : count(value)), of_);
  const balance = of.accepted === of.stored + of.duplicate + of.dead + of.in_flight;
  return h("div", { class: "books" }, h("dl", {},
    part("accepted", of.accepted), h("span", { class: "sign", "aria-hidden": "true" }, "="),
    part("stored", of.stored, link("articles", { order: "newest" })), h("span", { class: "sign", "aria-hidden": "true" }, "+"),
    part("duplicate", of.duplicate), h("span", { class: "sign", "aria-hidden": "true" }, "+"),
    part("dead", of.dead, link("dead"), null, of.dead ? "bad" : ""), h("span", { class: "sign", "aria-hidden": "true" }, "+"),
    part("in flight", of.in_flight)),
  h("p", { class: balance ? "good" : "bad" }, balance ? "The books balance." : "The books do not balance."));
}

function stages(status) {
  const list = status?.stages ?? [];
  if (!list.length) return nothing(status ? "Nothing is on its way." : "Stages and workers are shown where newsmill up serves this page.");
  return h("ol", { class: "stages" }, list.map(stage => h("li", { class: status.bottleneck?.stage === stage.stage ? "held" : null },
    h("h3", {}, stage.stage), h("p", { class: "rate" }, h("strong", {}, rate(stage.rate)), " articles/s"),
    h("dl", {}, [["queue", stage.ready], ["in hands", stage.leased], ["retrying", stage.waiting]].map(([name, n]) => [h("dt", {}, name), h("dd", {}, count(n))])),
    stage.oldest_ms > 0 && h("p", { class: "small" }, `oldest ${(stage.oldest_ms / 1000).toFixed(1)} s`))));
}

function bars(volume, now) {
  const minutes = new Map(volume.map(([minute, n]) => [Math.floor(+new Date(minute) / 60000), n]));
  const last = Math.floor(+new Date(now) / 60000), most = Math.max(1, ...minutes.values());
  const all = Array.from({ length: 60 }, (_, i) => minutes.get(last - 59 + i) ?? 0);
  const total = all.reduce((sum, n) => sum + n, 0);
  return [s("svg", { class: "minutes", viewBox: "0 0 600 70", preserveAspectRatio: "none", role: "img",
    "aria-label": `${total} articles in the last hour, at most ${most} in a minute` },
  all.map((n, i) => s("rect", { x: i * 10 + 1, width: 8, y: 70 - Math.max(n ? 2 : 0.5, n / most * 66), height: Math.max(n ? 2 : 0.5, n / most * 66) }))),
  h("p", { class: "small" }, `${count(total)} articles in the last hour, at most ${count(most)} in a minute`)];
}

function workers(status) {
  const columns = [
    { name: "Role", cell: w => w.role },
    { name: "Host", cell: w => bdi(w.host ?? "") },
    { name: "Process", number: true, cell: w => w.pid ?? "–" },
    { name: "State", cell: w => w.state },
    { name: "Holds", number: true, cell: w => count(w.outstanding) },
    { name: "Done", number: true, cell: w => count(w.done) },
    { name: "Failed", number: true, cell: w => count(w.failed) },
  ];
  return status?.workers?.length ? table("Workers", columns, status.workers) : null;
}

function dying(dead, link) {
  const columns = [
    { name: "Stage", cell: d => d.stage },
    { name: "Code", cell: d => h("a", { href: link("dead", { code: d.code, stage: d.stage }) }, d.code) },
    { name: "Last day", number: true, cell: d => count(d.count) },
    { name: "Last", cell: d => ago(d.last) },
  ];
  return dead.length ? table("What died in the last day", columns, dead) : nothing("Nothing died in the last day.");
}

function drawn(answer, status, link) {
  const bottleneck = status?.bottleneck;
  return [
    section("Books", books(status ?? answer.books, link)),
    section("Stages", bottleneck?.stage && bottleneck.stage !== "none" &&
      h("p", { class: "lead" }, "Bottleneck: ", h("strong", {}, bottleneck.stage), `. ${bottleneck.why ?? ""}`), stages(status)),
    section("Minutes", bars(answer.volume, answer.now)),
    h("div", { class: "two" },
      section("Workers", workers(status) ?? nothing("No worker is known here.")),
      section("Dead letters", dying(answer.dead, link))),
  ];
}

function speaker() {
  let said = "", next = 0;
  return of => {
    const text = `${count(of.stored)} stored, ${count(of.in_flight)} in flight, ${count(of.dead)} dead`;
    if (text === said || Date.now() < next) return;
    said = text;
    next = Date.now() + SAY_MS;
    document.getElementById("live").textContent = text;
  };
}

export async function show({ link }) {
  const body = h("div", { class: "stack" });
  const trouble = h("p", { class: "notice", role: "alert", hidden: true });
  const say = speaker();
  let answer = null, looks = 0;
  const look = async () => {
    const status = await standing();
    if (!status || looks++ % COUNT_EVERY === 0) answer = await get("/api/pipeline");
    const focused = document.activeElement?.getAttribute?.("href");
    body.replaceChildren(...drawn(answer, status, link));
    if (focused && !document.activeElement?.getAttribute?.("href")) [...body.querySelectorAll("a")].find(a => a.getAttribute("href") === focused)?.focus();
    say(status ?? answer.books);
  };
  await look();
  let timer = null, left = false;
  const again = async () => {
    try { if (!document.hidden) await look(); trouble.hidden = true; } catch (error) {
      if (error.name === "AbortError") return;
      trouble.textContent = `What is shown is old: ${error.message}`;
      trouble.hidden = false;
    }
    if (!left) timer = setTimeout(again, LOOK_MS);
  };
  timer = setTimeout(again, LOOK_MS);
  return { elements: [heading("Pipeline", h("p", { class: "lead" }, "Articles on their way from producers to rows, as of now.")), trouble, body],
    leave: () => { left = true; clearTimeout(timer); } };
}

export async function showDead({ parameters, link }) {
  const { dead } = await get("/api/dead", { stage: parameters.get("stage"), code: parameters.get("code") });
  const columns = [
    { name: "Died", cell: d => time(d.died) },
    { name: "Identifier", cell: d => bdi(d.id ?? d.article ?? d.key) },
    { name: "Stage", cell: d => d.stage },
    { name: "Code", cell: d => d.code },
    { name: "Why", cell: d => bdi(d.message ?? "") },
    { name: "Attempts", number: true, cell: d => count(d.attempts) },
    { name: "Bytes", number: true, cell: d => count(d.bytes) },
  ];
  return { elements: [heading("Dead letters", h("p", { class: "lead" }, "Articles that could not be processed, newest first. ",
    h("code", {}, "newsmill dead show"), " has their messages. ", h("a", { href: link("pipeline") }, "Back to the pipeline"))),
  section(null, dead.length ? table("Dead letters", columns, dead) : nothing("There is none."))] };
}
