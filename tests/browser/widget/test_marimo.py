"""The widget in a real marimo: a control is moved, and the cells that depend on the widget run again."""

import os
import socket
import subprocess
import sys
import time

import pytest

NOTEBOOK = """import marimo

app = marimo.App()

with app.setup:
    import convparity
    import marimo

@app.cell
def _():
    w = marimo.ui.anywidget(convparity.explore(input=(8, 8)))
    w
    return (w,)

@app.cell
def _(w):
    marimo.md(f"Python has {w.layer} on {w.case.input}")
    return
"""
PATIENCE = 120_000  # milliseconds


@pytest.fixture
def address(tmp_path):
    """The address of a marimo that runs the notebook."""
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--headless", "--no-token", "--port", str(port)]
    command = [sys.executable, "-m", "marimo", "run", "notebook.py", *options]
    environ = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    with (tmp_path / "marimo.log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=log, stderr=log)
        try:
            _wait(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _wait(port, server):
    """Wait until the server answers."""
    for _ in range(600):
        assert server.poll() is None, "marimo has ended; see marimo.log"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("marimo does not answer")


def test_a_control_is_moved_and_dependent_cells_follow(chromium, address, tmp_path):
    page = chromium.new_page(viewport={"width": 1000, "height": 1200})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    explorer = page.locator("main.explorer")
    explorer.wait_for(timeout=PATIENCE)
    told = page.get_by_text("Python has")
    told.filter(has_text="nn.Conv2d(1, 1, 3, stride=2, padding=1) on (8, 8)").wait_for(timeout=PATIENCE)

    explorer.get_by_label("kernel slider").press("ArrowRight")
    explorer.locator(".formula").filter(has_text="floor((8-4+2+2)/2) = 4").wait_for(timeout=30_000)
    told.filter(has_text="nn.Conv2d(1, 1, 4, stride=2, padding=1) on (8, 8)").wait_for(timeout=30_000)

    explorer.get_by_label("layer", exact=True).fill("layers.Conv2D(1, 3, strides=2, padding='same')")
    explorer.locator(".formula").filter(has_text="floor((8-3+1+2)/2) = 4").wait_for(timeout=30_000)
    told.filter(has_text="layers.Conv2D(1, 3, strides=2, padding='same') on (8, 8)").wait_for(timeout=30_000)
    page.screenshot(path=tmp_path / "marimo.png")
    assert complaints == []
    page.close()
