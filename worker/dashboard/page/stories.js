/* Stories: what several publishers printed. */
import { heading, nothing, section } from "./dom.js";

export async function show() {
  return { elements: [heading("Stories"), section(null, nothing("No story in this stretch of time."))] };
}

export async function showOne() {
  return show();
}
