#!/usr/bin/python3
"""The dashboard in headless Chromium: every page with data, in light, dark and at phone width, without complaints and without
strangers; from the matrix to the sentence; hostile text is text; keyboard and screen readers find their way."""
import unittest

from support.browser import Browser, needs_browser
from support.site import Site
from support.waiting import wait_for

# Page, what it must show, how many of it at least.
PAGES = {
    "pipeline": (".books dd", 5), "search?q=ferry": (".evidence", 2), "map": (".map .land", 150), "tone?by=source": (".chart .dot", 3),
    "matrix": (".matrix .cell a", 1), "names": (".trending tbody tr", 10), "stories": (".evidence .numbers", 1), "articles?order=darkest": (".evidence", 10),
    "events": (".evidence mark.ev-event", 5), "mentions?name=Japan": (".evidence mark", 3), "dead": ("main h1", 1),
}
# What is wrong for who cannot see or point: unlabelled controls and pictures, headings out of order, ids twice.
FAULTS = """
const found = [];
const name = e => (e.getAttribute("aria-label") || e.textContent || e.title || "").trim() || (e.labels && e.labels.length && e.labels[0].textContent.trim());
for (const e of document.querySelectorAll("a[href], button, select, input, summary"))
  if (!e.closest("[aria-hidden=true]") && !name(e)) found.push("no name: " + e.outerHTML.slice(0, 120));
for (const e of document.querySelectorAll("svg"))
  if (!e.closest("[aria-hidden=true]") && !(e.getAttribute("role") === "img" && e.getAttribute("aria-label"))) found.push("no text for " + e.outerHTML.slice(0, 80));
for (const e of document.querySelectorAll("[aria-hidden=true]")) {
  const inside = [e, ...e.querySelectorAll("a, button, input, select, [tabindex]")];
  for (const each of inside) if (each.matches("a[href]:not([tabindex='-1']), button, input, select")) found.push("hidden but reached: " + each.outerHTML.slice(0, 80));
}
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => found.push("twice: " + id));
const levels = [...document.querySelectorAll("h1, h2, h3")].map(e => Number(e.tagName[1]));
if (levels.filter(level => level === 1).length !== 1 || levels.some((level, i) => i && level > levels[i - 1] + 1)) found.push("headings " + levels);
for (const e of document.querySelectorAll("table")) if (!e.caption || !e.querySelector("th[scope]")) found.push("table without caption or scopes");
for (const landmark of ["header", "nav[aria-label]", "main"]) if (!document.querySelector(landmark)) found.push("no " + landmark);
return found;
"""
# Contrast of text against its first opaque background, by WCAG 2's formula.
FAINT = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgb = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => { const v = c[i] / 255; return sum + weight * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
const ground = e => { for (let at = e; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
const found = new Set();
for (const e of document.querySelectorAll("body *:not(svg *):not(option)")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length || e.closest(".unseen, .skip, .sign")) continue;
  if (getComputedStyle(e).backgroundImage !== "none") continue;
  const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.add(`${e.className || e.tagName} ${ratio.toFixed(2)} ${e.textContent.slice(0, 20)}`);
}
return [...found];
"""


@needs_browser
class Page(Site):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.window = Browser(cls.url)
        cls.addClassCleanup(cls.window.close)

    def browser(self, **how):
        self.window.look(**how)
        return self.window

    def hostile(self):
        return next(a["article"] for a in self.ask("articles")["articles"] if "onerror" in (a["source"] or ""))

    def look(self, browser, suffix):
        story = wait_for(lambda: self.ask("stories")["stories"], 60, "the copies to be found")[0]["story"]
        wait_for(lambda: len(self.ask("search", q="ferry")["articles"]) == 2, 60, "the articles to be filed")
        pages = {**PAGES, f"article/{self.hostile()}": (".text mark", 3), f"story?story={story}": (".spread .dot", 2)}
        for route, (selector, least) in pages.items():
            with self.subTest(route=route, look=suffix):
                browser.open(route)
                wait_for(lambda: len(browser.all(selector)) >= least, 20, lambda: f"{least} of {selector}: {browser.text()[:300]}")
                self.assertEqual(browser.run(FAULTS), [], route)
                self.assertEqual(browser.run(FAINT), [], route)
                self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), browser.width, "no sideways scrolling")
                browser.picture(f"{route.split('?')[0].split('/')[0]}-{suffix}")
                self.assertEqual(browser.complaints(), [], route)
        strangers, asked = browser.strangers()
        self.assertEqual(strangers, [])
        self.assertGreater(asked, 10)

    def test_in_light(self):
        self.look(self.browser(), "light")

    def test_in_dark(self):
        self.look(self.browser(dark=True), "dark")

    def test_at_phone_width(self):
        self.look(self.browser(width=390), "390")

    def test_from_the_matrix_to_the_sentence(self):
        browser = self.browser()
        browser.open("matrix")
        said = browser.one(".matrix .cell a").get_attribute("aria-label")
        browser.click(".matrix .cell a")
        self.assertIn("→", browser.text("h1"))
        self.assertIn(said.split(" to ")[0], browser.text("h1"))
        trigger = browser.text(".evidence mark.ev-event")
        browser.click(".evidence blockquote a")
        marked = browser.one(".text .flash")
        self.assertEqual(marked.text, trigger)
        self.assertIn("ev-event", marked.get_attribute("class"))
        self.assertTrue(browser.run("return document.activeElement.classList.contains('flash')"), "the focus is on it")
        box = browser.run("const r = arguments[0].getBoundingClientRect(); return [r.top, r.bottom, innerHeight]", marked)
        self.assertTrue(0 <= box[0] and box[1] <= box[2], "and it is in sight")
        browser.picture("sentence-light")
        self.assertEqual(browser.complaints(), [])

    def test_every_fact_leads_to_its_words(self):
        browser = self.browser()
        article = next(a["article"] for a in self.ask("articles")["articles"] if "grain corridor" in (a["title"] or ""))
        browser.open(f"article/{article}")
        facts = self.ask("article", article=article)
        text = facts["article"]["text"]
        browser.run("for (const d of document.querySelectorAll('details')) d.open = true")
        for i, kind in enumerate(("events", "names", "places", "quotes")):
            fact = facts[kind][-1]
            buttons = browser.all(f".facts:nth-of-type({i + 1}) .fact-button")
            self.assertEqual(len(buttons), len(facts[kind]))
            browser.run("arguments[0].click()", buttons[-1])
            found = "".join(browser.run("return [...document.querySelectorAll('.text .flash')].map(e => e.textContent)"))
            self.assertEqual(found, text[fact["start"]:fact["end"]], kind)

    def test_hostile_text_is_text(self):
        browser = self.browser()
        for route in (f"article/{self.hostile()}", "search?q=Tokyo", "articles?order=newest", "events", "names", "mentions?name=Tokyo", "tone?by=source"):
            browser.open(route)
            self.assertIsNone(browser.run("return window.owned ?? null"), route)
            self.assertEqual(browser.all("main script, main img, main b, main iframe, main [onload], main [onerror]"), [], route)
            self.assertNotIn("owned", browser.driver.title)
            self.assertEqual(browser.complaints(), [], route)
        browser.open(f"article/{self.hostile()}")
        self.assertIn("<script>window.owned = 1</script>", browser.text(".text"))
        self.assertIn("<img src=x onerror=", browser.text(".about"))

    def test_what_cannot_be_seen_is_shown(self):
        browser = self.browser()
        browser.open("pipeline")
        shown = browser.driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            import("/dom.js").then(({ bdi }) => {
              const e = bdi("a\\u202eb\\u0007c\\u2066d\\u{e0041}e <b>f</b>");
              done([e.textContent, e.querySelectorAll(".control").length, e.querySelectorAll("b").length, e.dir]);
            });""")
        self.assertEqual(shown, ["aU+202EbU+0007cU+2066dU+E0041e <b>f</b>", 4, 0, "auto"])

    def test_by_keyboard_alone(self):
        from selenium.webdriver.common.keys import Keys
        browser = self.browser()
        browser.open("names")
        browser.open("pipeline")
        browser.driver.refresh()
        browser.settle()
        active = browser.driver.switch_to
        browser.run("document.body.focus()")
        active.active_element.send_keys(Keys.TAB)
        self.assertEqual(active.active_element.get_attribute("class"), "skip")
        outlines = set()
        for _ in range(12):
            active.active_element.send_keys(Keys.TAB)
            outlines.add(browser.run("return getComputedStyle(document.activeElement).outlineStyle"))
        self.assertEqual(outlines, {"solid"}, "where the focus is can be seen")
        link = browser.one("#pages a[href*='search']")
        link.send_keys(Keys.ENTER)
        browser.settle()
        wait_for(lambda: browser.run("return document.activeElement.tagName") == "H1", 10, "the new page to have the focus")
        browser.one("#q").send_keys("ferry", Keys.ENTER)
        wait_for(lambda: len(browser.all(".evidence")) == 2, 20, "what was found")

    def test_light_and_dark_can_be_chosen(self):
        browser = self.browser()
        browser.open("pipeline")
        paper = "return getComputedStyle(document.body).backgroundColor"
        light = browser.run(paper)
        browser.one("#theme").click()
        self.assertNotEqual(browser.run(paper), light)
        self.assertEqual(browser.one("#theme").get_attribute("aria-pressed"), "true")
        browser.driver.refresh()
        browser.settle()
        self.assertNotEqual(browser.run(paper), light, "it is remembered")

    def test_a_stretch_of_time_can_be_chosen(self):
        browser = self.browser()
        browser.open("articles?order=newest")
        self.assertGreaterEqual(len(browser.all(".evidence")), 15)
        browser.run("const r = document.getElementById('range'); r.value = 'custom'; r.dispatchEvent(new Event('change'))")
        for field in ("since", "until"):
            browser.run("document.getElementById(arguments[0]).value = '2020-02-01'", field)
        browser.click("#stretch button.primary")
        wait_for(lambda: not browser.all(".evidence"), 20, "the articles of another day to be gone")
        self.assertIn("from=2020-02-01", browser.driver.current_url)
        self.assertIn("2020-02-01", browser.run("return document.getElementById('range').selectedOptions[0].textContent"))
        browser.run("const r = document.getElementById('range'); r.value = '7d'; r.dispatchEvent(new Event('change'))")
        wait_for(lambda: len(browser.all(".evidence")) >= 15, 20, "those of the last week")

    def test_the_pipeline_moves(self):
        from support.pushing import Pusher
        from support import articles
        browser = self.browser()
        browser.open("pipeline")
        stored = "return Number(document.querySelectorAll('.books dd')[1].textContent.replace(/\\D/g, ''))"
        before = browser.run(stored)
        with Pusher(self.push) as pusher:
            pusher.push(articles.articles(20, seed="moving"))
        wait_for(lambda: browser.run(stored) == before + 20, 30, "the books to show them")
        wait_for(lambda: "stored" in browser.run("return document.getElementById('live').textContent"), 30, "it to be said")


if __name__ == "__main__":
    unittest.main()
