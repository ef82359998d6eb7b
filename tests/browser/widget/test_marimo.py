"""The widget in a real marimo: cells that depend on it run again, and warm workers measure until the kernel ends."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
NOTEBOOK = f"""import marimo

app = marimo.App()

with app.setup:
    import convparity
    import marimo
    environments = {f"onnxruntime={ROOT}/.tox/onnxruntime"!r}
    told = []

@app.cell
def _():
    again = marimo.ui.button(label="again")
    again
    return (again,)

@app.cell
def _(again):
    again
    w = marimo.ui.anywidget(convparity.explore(input=(8, 8), environments=environments))
    w
    return (w,)

@app.cell
def _(w):
    told.append(w.layer)
    measured = [row['verdict'] for row in w.measured]
    marimo.md(f"Python has {{w.layer}} on {{w.case.input}}, measured: {{measured}}, in run {{len(told)}}")
    return
"""
SETTINGS = "[runtime]\nauto_instantiate = true\n"  # cells run when a notebook is opened to be edited, too
PATIENCE = 120_000  # milliseconds


@pytest.fixture(params=["run", "edit"])
def server(request, tmp_path):
    """A marimo that serves the notebook: its kernel is a thread of it, or a process where the notebook is edited."""
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    (tmp_path / "marimo").mkdir()
    (tmp_path / "marimo" / "marimo.toml").write_text(SETTINGS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--headless", "--no-token", "--port", str(port)]
    command = [sys.executable, "-m", "marimo", request.param, "notebook.py", *options]
    homes = {f"XDG_{name}_HOME": str(tmp_path) for name in ("CONFIG", "STATE", "CACHE")}  # nothing was measured before
    with (tmp_path / "marimo.log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **homes}, stdout=log, stderr=log)
        server.address = f"http://127.0.0.1:{port}"
        try:
            _wait(port, server)
            yield server
        finally:
            server.terminate()
            server.wait()


@pytest.fixture
def page(chromium, server, tmp_path):
    """The notebook in a browser, in which no script may fail."""
    page = chromium.new_page(viewport={"width": 1000, "height": 1200})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(server.address)
    yield page
    page.screenshot(path=tmp_path / "marimo.png", full_page=True)
    page.close()
    assert complaints == []


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


def workers(server):
    """The processes below a server that measure in the environment of ONNX Runtime."""
    below = psutil.Process(server.pid).children(recursive=True)
    return [one for one in below if any(".tox/onnxruntime" in word for word in one.cmdline())]


def told(page, layer, verdicts="['agrees']"):
    """Wait until the cell that depends on the widget tells of a layer, and return the number of its run."""
    text = page.get_by_text("Python has").filter(has_text=f"{layer} on (8, 8), measured: {verdicts}")
    text.wait_for(timeout=PATIENCE)
    return int(text.inner_text().split()[-1])


def test_a_control_is_moved_and_dependent_cells_follow(page):
    explorer = page.locator("main.explorer")
    measured = explorer.locator(".measured").filter(has_text="measured: agrees")
    assert told(page, "nn.Conv2d(1, 1, 3, stride=2, padding=1)") <= 2  # once for the layer, once for what was measured
    measured.wait_for()

    explorer.get_by_label("kernel slider").press("ArrowRight")
    explorer.locator(".formula").filter(has_text="floor((8-4+2+2)/2) = 4").wait_for(timeout=30_000)
    assert told(page, "nn.Conv2d(1, 1, 4, stride=2, padding=1)") <= 4

    explorer.get_by_label("layer", exact=True).fill("layers.Conv2D(1, 3, strides=2, padding='same')")
    explorer.locator(".formula").filter(has_text="floor((8-3+1+2)/2) = 4").wait_for(timeout=30_000)
    assert told(page, "layers.Conv2D(1, 3, strides=2, padding='same')") <= 6
    measured.wait_for()


def test_a_cell_that_runs_again_measures_with_the_same_worker_which_ends_with_the_kernel(page, server):
    slider = page.locator("main.explorer").get_by_label("kernel slider")
    told(page, "nn.Conv2d(1, 1, 3, stride=2, padding=1)")
    before = workers(server)
    assert before
    slider.press("ArrowRight")
    told(page, "nn.Conv2d(1, 1, 4, stride=2, padding=1)")
    page.get_by_role("button", name="again", exact=True).click()
    told(page, "nn.Conv2d(1, 1, 3, stride=2, padding=1)")
    slider.press("ArrowLeft")  # which nobody has measured before
    told(page, "nn.Conv2d(1, 1, 2, stride=2, padding=1)")
    assert workers(server) == before

    server.terminate()
    server.wait()
    _, alive = psutil.wait_procs(before, 30)
    assert alive == []
