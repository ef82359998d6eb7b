"""The widget itself: the state of a layer and of what follows from it, kept in step with the browser."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from ..adapters.dressing import BARE
from ..adapters.expression import Reading, read
from ..adapters.registry import NAMES, title
from ..cases.case import Case
from ..cases.errors import InputError
from ..environments.find import EnvironmentSpec
from ..report.figures.figure import Figure
from ..report.live.answer import layer_answer
from . import controls
from .frozen import frozen, picture
from .measuring import Measuring, Row

REST = 1.0  # seconds without a change, after which the static figure is drawn again


class Refused(InputError, traitlets.TraitError):
    """What the user has set cannot be. As a TraitError, it makes traitlets take back all that was set with it."""


class Explorer(anywidget.AnyWidget):
    """A layer that is explored in a notebook. ``layer``, ``input`` and ``case`` may be read, set and observed.

    ``layer`` is a line of source that is this case, in the framework of the line that was given last; "" where that
    framework has none. ``input`` are the sizes that it is applied to, with channels and batch in front if need be.
    ``answer`` is what is predicted, as ``convparity explain --json`` writes it, and ``measured`` has a row for each
    environment. Setting what cannot be raises InputError, and changes nothing.
    """

    layer = traitlets.Unicode()
    input = traitlets.Tuple()
    case = traitlets.Instance(Case)
    # What follows is kept in step with the browser: app/src/widget/model.ts describes it.
    controls = traitlets.Dict().tag(sync=True)
    usable = traitlets.List().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    problems = traitlets.Dict().tag(sync=True)
    measured = traitlets.List().tag(sync=True)
    measures = traitlets.Bool(True).tag(sync=True)
    measurable = traitlets.Bool(False).tag(sync=True)
    side = traitlets.Unicode().tag(sync=True)
    output = traitlets.List().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    shown = traitlets.List(default_value=[0, 0]).tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, layer: str, input: Sequence[int], environments: Sequence[EnvironmentSpec] = ()) -> None:
        """``environments`` are those in which layers are measured."""
        self._settling = False
        self._shown: dict[str, Any] = {}
        self._dressing, self._adapter = BARE, NAMES[0]  # of the line that was given last
        self._displays: list[Any] = []
        self._picture: tuple[Any, Figure | None] = (None, None)
        self._timer: asyncio.TimerHandle | None = None
        self._measuring: Measuring | None = None
        reading = read(layer, tuple(input))
        self._esm = files("convparity.report").joinpath("widget.js").read_text(encoding="utf-8")
        super().__init__()
        self._loop = _running_loop()
        self.still = secrets.token_hex(8)
        if environments:
            self.measurable = True
            self._measuring = Measuring(environments, self._heard)
        self._show(reading, tuple(input), layer)
        self.on_msg(self._asked)
        self.observe(self._set, ["layer", "input", "case"])
        self.observe(self._turned, ["measures"])
        self.observe(lambda change: self._draw_later(), ["answer", "measured", "side", "output"])

    def change(self, **texts: str) -> None:
        """Change the text of controls, as the browser does: what cannot be is said in ``problems``."""
        with self._settled():
            given = {**self.controls, **texts}
            if "layer" in texts:
                try:
                    self._show(read(texts["layer"], self.input), self.input, texts["layer"])
                except InputError as error:
                    self.controls, self.problems = given, {"layer": error.problems[0]}
                return
            case, problems = controls.changed(self.case, given)
            if case is None:
                self.controls, self.problems = given, problems
                return
            if case.rank == self.case.rank:
                self._show(self._reading(case), controls.sizes(given["input"]), texts=given)
            else:
                self._show(self._reading(case), controls.input_of(case))

    def close(self) -> None:
        """End the widget, and what it measures."""
        if self._measuring:
            self._measuring.ask(None)
            self._measuring = None
        if self._timer:
            self._timer.cancel()
        super().close()

    def __repr__(self) -> str:
        return f"<Explorer: {self.case.describe()}>"

    def _ipython_display_(self) -> None:
        """Show the widget, and beside it the static figure, which it hides where it lives."""
        from IPython import display

        show: Callable[..., Any] = display.display  # IPython has no types
        view, metadata = super()._repr_mimebundle_()
        view["text/plain"] = ""  # the figure below says it, and is kept up to date
        show(view, metadata=metadata, raw=True)
        self._displays.append(show(self._frozen(), raw=True, display_id=True))

    def _show(self, reading: Reading, input: tuple[int, ...], line: str = "", texts: Mapping[str, str] = {}) -> None:
        """Show a layer that was read, and all that follows from it by arithmetic; then have it measured."""
        case = reading.case
        with self._settled():
            self._dressing = reading.dressing
            if line:
                self._adapter = next((name for name in NAMES if title(name) == reading.framework), self._adapter)
            answer = layer_answer(reading)
            self.layer = line or _line(answer, self._adapter)
            self.controls = {**(texts or controls.texts(case, input)), "layer": self.layer}
            self.input, self.usable = input, ["layer", *controls.usable(case)]
            self.answer, self.problems, self.output = answer, {}, []
            if not self.trait_has_value("case") or case != self.case:
                self.case, self.measured = case, []
                self._measure()
            self._shown = {"layer": self.layer, "input": input, "case": case}

    def _reading(self, case: Case) -> Reading:
        """Return a case as if it had been read in the framework of the line that was given last."""
        return Reading(case, (), title(self._adapter), self._dressing)

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """Send what changes inside the block to the browser at once, and take none of it for a request."""
        outer, self._settling = self._settling, True
        try:
            with self.hold_sync(), self.hold_trait_notifications():
                yield
        finally:
            self._settling = outer

    def _asked(self, widget: Any, content: Any, buffers: Any) -> None:
        """Answer a message of the browser: the number of the change, and the texts of the controls that changed."""
        if not content:
            return  # the browser sends an empty message to have an answer sooner: model.ts says why
        texts = {name: str(text) for name, text in dict(content["texts"]).items() if name in self.controls}
        with self.hold_sync():
            try:
                self.change(**texts)
            finally:
                self.answered = int(content["number"])

    @traitlets.validate("layer", "input", "case")
    def _possible(self, proposal: Any) -> Any:
        """Return what the user sets. Raise InputError for what cannot be."""
        if not self._settling:
            self._wanted(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    def _set(self, change: Any) -> None:
        """Show what the user has set, one value or several at once."""
        if not self._settling and (wanted := self._wanted()):
            self._show(*wanted)

    def _wanted(self, **set: Any) -> tuple[Reading, tuple[int, ...], str] | None:
        """Return the layer, its input and its line once values are set; None where they are those that are shown.

        Raise InputError for what cannot be.
        """
        now = {"layer": self.layer, "input": self.input, "case": self.case, **set}
        new = {name for name, value in now.items() if value != self._shown[name]}
        try:
            if "case" in new:
                return self._reading(now["case"]), controls.input_of(now["case"]), ""
            if "layer" in new:
                return read(now["layer"], now["input"]), now["input"], now["layer"]
            if "input" in new:
                case = controls.on_input(self.case, now["input"])
                return self._reading(case), now["input"], ""
        except InputError as error:
            raise Refused(error.problems) from None
        return None

    def _turned(self, change: Any) -> None:
        """Begin or end measuring."""
        if not self.measures:
            self.measured = [row for row in self.measured if row["verdict"]]
        self._measure()

    def _measure(self) -> None:
        if self._measuring:
            self._measuring.ask(self.case if self.measures else None)

    def _heard(self, case: Case, row: Row) -> None:
        """Take a row of a thread that measures, in the thread of the kernel where there is one."""
        if self._loop:
            with suppress(RuntimeError):  # the kernel has ended
                self._loop.call_soon_threadsafe(self._join, case, row)
        else:
            self._join(case, row)

    def _join(self, case: Case, row: Row) -> None:
        """Put a row in its place, unless it is about a layer that is no longer shown."""
        if case is self.case:
            rows = {one["label"]: one for one in self.measured} | {row["label"]: row}
            self.measured = list(rows.values())

    def _frozen(self) -> dict[str, str]:
        """Return the static figure of what is shown; its picture is drawn again only where it has changed."""
        shown = self.case, self.side, tuple(self.output)
        if self._picture[0] != shown:
            self._picture = shown, picture(self.case, self.answer["frameworks"], self.side, self.output)
        return frozen(self.still, self.layer, self.answer, self.measured, self._picture[1])

    def _draw_later(self) -> None:
        """Draw the static figure again once nothing has changed for a while, in a thread: it takes long for an answer.

        Without a kernel there is none.
        """
        if self._timer:
            self._timer.cancel()
        if self._displays and self._loop:
            self._timer = self._loop.call_later(REST, lambda: asyncio.ensure_future(self._draw()))

    async def _draw(self) -> None:
        drawn = await asyncio.to_thread(self._frozen)
        for shown in self._displays:
            shown.update(drawn, raw=True)


def _line(answer: Mapping[str, Any], adapter: str) -> str:
    """Return the line that is the layer of an answer in a framework; "" where there is none."""
    row = next(row for row in answer["frameworks"] if row["adapter"] == adapter)
    return (row["source"] if row["verdict"] == "agrees" else row["port"]) or ""


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop of this thread's kernel; None outside of one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
