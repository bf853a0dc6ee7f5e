"""Headless Chromium, driven by Debian's chromedriver and python3-selenium; tests skip where they are not installed.

Pictures go beside the program that is tested, into screenshots/, as results of the build.
"""
import json
import os
import pathlib
import shutil
import unittest

from .process import binary
from .waiting import wait_for

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

MISSING = None if CHROMIUM and DRIVER and webdriver else \
    "no chromium, chromium-driver or python3-selenium here (deploy/install-packages --tests installs them)"
needs_browser = unittest.skipIf(MISSING, MISSING)
SETTLED = "return document.readyState === 'complete' && !document.querySelector('main[aria-busy]') && !!document.querySelector('main h1:not([data-old])')"


class Browser:
    """One window on the pages of `base`."""

    def __init__(self, base):
        self.base = base
        options = Options()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--no-first-run",
                         "--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_page_load_timeout(60)
        self.look()

    def look(self, width=1280, dark=False):
        """As wide, and as light, as that; nothing is remembered of before."""
        self.driver.get("about:blank")
        self.size(width)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.base, "storageTypes": "all"})
        self.complaints()
        self.strangers()

    def size(self, width, height=900):
        self.width = width
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def open(self, route):
        """Goes to #/ROUTE, and waits until the page is there: by a link where one of ours is open already."""
        url = f"{self.base}/#/{route}"
        there = self.driver.current_url
        if there.startswith(self.base) and there != url:
            self.run("document.querySelector('main h1')?.setAttribute('data-old', ''); location.hash = arguments[0]", f"#/{route}")
        else:
            self.driver.get("about:blank")
            self.driver.get(url)
        self.settle()

    def settle(self):
        wait_for(lambda: self.run(SETTLED), 30, lambda: f"the page {self.driver.current_url}: {self.text('body')[:500]}")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return wait_for(lambda: self.all(selector), 20, lambda: f"{selector} in {self.text('body')[:800]}")[0]

    def text(self, selector="main"):
        return self.one(selector).text

    def click(self, selector):
        """Clicks, and waits for the page that it leads to."""
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        before = self.driver.current_url
        element.click()
        wait_for(lambda: self.driver.current_url != before, 20, f"{selector} to lead somewhere")
        self.settle()

    def picture(self, name):
        """The whole page, to the build's screenshots/NAME.png."""
        folder = pathlib.Path(binary()).resolve().parent / "screenshots"
        folder.mkdir(exist_ok=True)
        height = self.run("return document.documentElement.scrollHeight")
        self.size(self.width, max(900, min(height, 4000)))
        path = folder / f"{name}.png"
        self.driver.save_screenshot(str(path))
        self.size(self.width)
        return path

    def complaints(self):
        """What the console said since the last time."""
        return [line["message"] for line in self.driver.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]

    def strangers(self):
        """Addresses elsewhere that were asked since the last time."""
        asked = []
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return [url for url in asked if not url.startswith((self.base + "/", "data:", "about:", "chrome"))], len(asked)

    def close(self):
        self.driver.quit()
