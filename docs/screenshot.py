"""Takes the README's picture of a report, in headless Chromium: ``python docs/screenshot.py REPORT PICTURE``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1600, 960
OPENED = "#case=layer-3-stride"  # the silent one of the chapter's four layers
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

report, picture = Path(sys.argv[1]).resolve(), sys.argv[2]
with sync_playwright() as playwright:
    found = next(filter(None, map(shutil.which, BROWSERS)))
    browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
    page.goto(report.as_uri() + OPENED)
    page.locator("h2", has_text="on 8x8").first.wait_for()
    page.screenshot(path=picture)
    browser.close()
