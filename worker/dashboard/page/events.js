/* Events of two actors, or of one, with their sentences. */
import { get } from "./api.js";
import { h, heading, nothing, section } from "./dom.js";
import { eventItem } from "./evidence.js";
import { actor, QUADS } from "./format.js";

export async function show({ parameters, from, to, link }) {
  const asked = Object.fromEntries(["actor", "target", "quad", "type"].map(name => [name, parameters.get(name)]));
  const actual = parameters.get("actual") ?? "true";
  const { events } = await get("/api/events", { from, to, ...asked, actual });
  const title = `${asked.actor ? actor(asked.actor) : "Anybody"} → ${asked.target ? actor(asked.target) : "anybody"}`;
  const quads = [1, 2, 3, 4].map(quad => h("li", {}, h("a", {
    href: link("events", { ...asked, actual, quad: String(quad) === asked.quad ? null : quad }),
    class: `chip quad-${quad}`, "aria-current": String(quad) === asked.quad ? "true" : null }, QUADS[quad])));
  return { elements: [
    heading(title, h("p", { class: "lead" }, "What was done, with the words it was read from. ",
      h("a", { href: link("matrix") }, "Back to all actors"))),
    h("ul", { class: "chips", "aria-label": "Kinds of events" }, quads),
    section(null, events.length
      ? h("ol", { class: "evidences" }, events.map(event => eventItem(link, event)))
      : nothing("No such event in this stretch of time.")),
  ] };
}
