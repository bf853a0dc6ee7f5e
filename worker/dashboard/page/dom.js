/* Elements out of data. Text goes in as text nodes only, so that no article can become markup; what would be invisible or
 * would reorder the text around it is shown by its number. */

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0001}-\u{e007f}]/gu;

/* Nodes of a text from outside. */
export function visible(text) {
  const nodes = [];
  let at = 0;
  for (const match of String(text).matchAll(CONTROLS)) {
    if (match.index > at) nodes.push(document.createTextNode(text.slice(at, match.index)));
    const number = "U+" + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(h("span", { class: "control", title: "An invisible character of the text" }, number));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}

/* A text from outside, kept from ordering its surroundings anew. */
export function bdi(text, attributes = {}) {
  const element = h("bdi", { dir: "auto", ...attributes });
  element.append(...visible(text ?? ""));
  return element;
}

/* h("a", {href, class, onclick}, children…): children are nodes, strings, or lists of them; null and false are nothing. */
export function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/* The same for what is drawn. */
export function s(name, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "object" ? child : String(child));
  }
  return element;
}

/* Only what leads away by http: anything else an article names is shown, not linked. */
export function outside(url) {
  const safe = /^https?:\/\//i.test(url ?? "");
  return safe ? h("a", { href: url, rel: "noopener noreferrer external", target: "_blank" }, bdi(url)) : bdi(url ?? "");
}

/* A table: columns are {name, cell(row), number}. */
export function table(caption, columns, rows, attributes = {}) {
  const kind = column => column.number ? "number" : null;
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", attributes,
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, columns.map(c => h("th", { scope: "col", class: kind(c) }, c.name)))),
      h("tbody", {}, rows.map(row => h("tr", {}, columns.map((c, i) =>
        h(i === 0 ? "th" : "td", { scope: i === 0 ? "row" : null, class: kind(c) }, c.cell(row))))))));
}

/* The same as a chart, for who cannot see it or wants the numbers. */
export function asTable(caption, columns, rows) {
  return h("details", { class: "as-table" }, h("summary", {}, "As a table"), table(caption, columns, rows));
}

export function section(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", {}, title), children);
}

/* The head of a page; it takes the focus when the page is entered. */
export function heading(title, ...more) {
  return h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, title), more);
}

export function nothing(text) {
  return h("p", { class: "nothing" }, text);
}

/* How wide a chart is drawn, in units of its own: on a phone fewer, so that its words stay readable. */
export function chartWidth() {
  return innerWidth < 640 ? 420 : 960;
}
