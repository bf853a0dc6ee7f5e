/* Questions to the server; what was asked for a page that was left is broken off. */

let leaving = new AbortController();

export function leavePage() {
  leaving.abort();
  leaving = new AbortController();
}

export class Refused extends Error {}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  const text = query.toString();
  const answer = await fetch(text ? `${path}?${text}` : path, { signal: leaving.signal });
  const type = answer.headers.get("Content-Type") ?? "";
  const body = type.startsWith("application/json") ? await answer.json() : null;
  if (!answer.ok && !(body && body.accepted !== undefined))
    throw new Refused(body?.message ?? `The server answered ${answer.status}.`);
  return body;
}

let world = null;
/* The borders and the countries' names: asked for once. */
export async function getWorld() {
  world ??= fetch("/world.json").then(answer => answer.json());
  return world;
}
