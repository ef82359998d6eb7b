"""Takes the README's picture of a report, in headless Chromium: ``python docs/screenshot.py REPORT PICTURE``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1200, 1130  # the head of the page and the first finding

report, picture = Path(sys.argv[1]).resolve(), sys.argv[2]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
    page.goto(report.as_uri())
    page.locator("h1").wait_for()
    page.screenshot(path=picture)
    browser.close()
