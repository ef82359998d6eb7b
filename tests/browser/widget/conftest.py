"""A server of this environment, with a folder of notebooks, whose kernels have convparity and the widget.

JupyterLab and Notebook 7 are two pages of it.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[3]
TOKEN = "convparity"
PAGES = {"JupyterLab": "lab/tree/{}?reset&token={}", "Notebook": "notebooks/{}?token={}"}
KERNEL = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
PATIENCE = 120_000  # milliseconds: a kernel starts while others have the processor


class Lab:
    """The server: the folder of its notebooks, that of its settings, and its address."""

    def __init__(self, folder: Path, settings: Path, address: str) -> None:
        self.folder, self.settings, self.address = folder, settings, address
        self.set("notification", fetchNews="false")

    def set(self, name: str, **settings: str) -> None:
        """Set what a reader sets in the menu of the lab, for tabs that are opened later."""
        file = self.settings / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    def write(self, name: str, *cells: str) -> Path:
        """Write a notebook with these cells of code."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": kernel})
        nbformat.write(notebook, self.folder / name)
        return self.folder / name


class Tab:
    """A notebook that is open in JupyterLab or in Notebook 7."""

    def __init__(self, page, lab: Lab, app: str, name: str) -> None:
        self.page = page
        self.file = lab.folder / name
        self.complaints: list[str] = []
        page.goto(f"{lab.address}/{PAGES[app].format(name, TOKEN)}")
        page.locator(".jp-Notebook-cell").first.wait_for(timeout=PATIENCE)
        if app == "JupyterLab":
            page.keyboard.press("Control+b")  # closes the list of files, so that the notebook has the window

    def run(self) -> None:
        """Run all cells, once there is a kernel: without one, the lab asks for it in a dialog."""
        self.page.wait_for_function(f"{KERNEL}?.connectionStatus === 'connected'", timeout=PATIENCE)
        self.page.on(
            "pageerror", lambda error: self.complaints.append(str(error))
        )  # Notebook 7.6 itself has some before
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator('[data-command="runmenu:run-all"]').click()

    def cell(self, code: str) -> str:
        """Return what a cell prints that is run at the end of the notebook."""
        cells = self.page.locator(".jp-Notebook-cell")
        before = cells.count()
        cells.last.locator(".jp-InputPrompt").first.click()
        self.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:insert-cell-below"]').click()
        cells.nth(before).locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")
        output = cells.nth(before).locator(".jp-OutputArea-output pre")
        output.wait_for(timeout=PATIENCE)
        return output.inner_text().strip()

    def save(self) -> None:
        before = self.file.stat().st_mtime_ns
        self.page.locator('.jp-NotebookPanel-toolbar [data-command="docmanager:save"]').click()
        for _ in range(PATIENCE // 100):
            if self.file.stat().st_mtime_ns != before:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("the notebook was not saved")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("home")
    options = {
        "ServerApp.root_dir": str(folder),
        "IdentityProvider.token": TOKEN,
        "ServerApp.open_browser": "False",
        "ServerApp.port": "0",
        "ServerApp.allow_root": "True",
        "LabApp.expose_app_in_browser": "True",
        "JupyterNotebookApp.expose_app_in_browser": "True",
    }
    names = ("JUPYTER_CONFIG", "JUPYTER_RUNTIME", "JUPYTER_DATA", "JUPYTERLAB_SETTINGS")
    environ = {**os.environ, **{f"{name}_DIR": str(home / name) for name in names}}
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=ROOT)
        try:
            yield Lab(folder, home / "JUPYTERLAB_SETTINGS", _address(home / "JUPYTER_RUNTIME", server))
        finally:
            server.terminate()
            server.wait()


def _address(runtime: Path, server: subprocess.Popen) -> str:
    """Return the address of the server, once it answers."""
    for _ in range(600):
        assert server.poll() is None, "JupyterLab has ended; see lab.log"
        for file in runtime.glob("jpserver-*.json"):
            address = json.loads(file.read_text())["url"].rstrip("/")
            with suppress(urllib.error.URLError):
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                return address
        time.sleep(0.1)
    raise AssertionError("JupyterLab does not answer")


@pytest.fixture
def opened(chromium, lab):
    """Open a notebook in a tab that is 1000 pixels wide; at the end no script may have failed."""
    tabs = []

    def open_notebook(app, name):
        context = chromium.new_context(viewport={"width": 1000, "height": 1200})
        tabs.append(Tab(context.new_page(), lab, app, name))
        return tabs[-1]

    yield open_notebook
    for tab in tabs:
        assert tab.complaints == []
        tab.page.context.close()
