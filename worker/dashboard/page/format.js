/* Numbers, times, codes and tones as people read them. */
import { h } from "./dom.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export const count = n => n === null || n === undefined ? "–" : whole.format(n);
export const short = n => compact.format(n ?? 0);
export const signed = n => n === null || n === undefined ? "–" : tenth.format(n).replace("-", "−");
export const rate = n => n === null || n === undefined ? "–" : (n < 10 ? n.toFixed(1) : whole.format(n));

export function time(text) {
  if (!text) return "–";
  const date = new Date(text);
  return h("time", { datetime: text, title: text }, moment.format(date));
}

export function ago(text, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(text)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 86400 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86400)} d ago`;
}

/* Nine steps from dark to bright, as a class; `steps` are where the next one begins. */
function step(value, steps) {
  if (value === null || value === undefined) return "step-none";
  const size = steps.filter(limit => Math.abs(value) >= limit).length;
  return size === 0 ? "step-0" : `step-${value < 0 ? "n" : "p"}${size}`;
}
export const toneStep = tone => step(tone, [0.5, 1.5, 3, 5]);
export const goldsteinStep = value => step(value, [1, 3, 5, 7.5]);

export function tone(value, attributes = {}) {
  return h("span", { class: `tone ${toneStep(value)}`, title: "Tone: positive minus negative words, per cent", ...attributes }, signed(value));
}

export const QUADS = [null, "verbal cooperation", "material cooperation", "verbal conflict", "material conflict"];

const countries = new Map(); /* by both codes */
export function learnCountries(rows) {
  for (const [two, three, name] of rows) {
    countries.set(two, { two, three, name });
    countries.set(three, { two, three, name });
  }
}
export const country = code => countries.get(code)?.name ?? code;

const OTHERS = { EUR: "European Union", IGO: "International body", NGO: "Non-governmental body", MNC: "Company", UNO: "United Nations",
  GOV: "Government", MIL: "Military", REB: "Rebels", COP: "Police", CVL: "Civilians", PSE: "Palestine", KSV: "Kosovo", NAT: "NATO",
  OPP: "Opposition", MED: "Media", BUS: "Business", JUD: "Courts", LEG: "Legislature", SPY: "Intelligence", CRM: "Criminals",
  EDU: "Education", ELI: "Elites", LAB: "Labour", REF: "Refugees", IMG: "International militants", UAF: "Unaligned armed forces" };
/* "USAGOV" is United States, Government. */
export function actor(code) {
  if (!code) return "somebody";
  const parts = code.match(/.{1,3}/g).map(part => countries.get(part)?.name ?? OTHERS[part] ?? part);
  return parts.join(", ");
}

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
export function language(code) {
  try { return code && code !== "und" ? languages.of(code) : "undetermined"; } catch { return code; }
}
