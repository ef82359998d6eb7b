"""The Python interface: the commands as functions, with objects instead of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .adapters.adapter import Adapter
from .adapters.expression import read
from .adapters.missing_input import missing_input
from .adapters.models.naming import looks_like_a_model
from .adapters.own.loading import Adapters
from .adapters.registry import NAMES, USUAL, meant
from .cache import fingerprint
from .cache.store import Cache
from .cases.case import Case
from .cases.catalog.catalog import Catalog, catalog_file, distinct, load_catalog
from .cases.catalog.find import find_case
from .cases.catalog.select import select
from .cases.errors import HarnessFault, InputError
from .cases.text import printable
from .environments.find import EnvironmentSpec, resolve
from .environments.modes import in_modes
from .environments.ready import with_option
from .report.findings.report import Report
from .report.formats import html, notebook
from .report.results import merging
from .report.results.limits import UNPACKED
from .report.verdicts.run import Run, references_of
from .runs.execution import run_in
from .runs.outputs import check_outputs
from .runs.predicted import predicted_run
from .runs.settings import Settings
from .runs.sharding import Shard
from .runs.working import working
from .workers.limits import Limits

if TYPE_CHECKING:
    from .adapters.models.recording import Recording
    from .hunting.hunted import Hunted
    from .models.porting import ModelPort
    from .releases.bisecting import Bisected
    from .report.findings.compared import Compared
    from .report.findings.diff import Diff
    from .report.findings.explained import Explained
    from .report.findings.history import History
    from .report.models.result import ComparedModels
    from .report.preflight.preflight import Preflight
    from .runs.porting import Port

DISPLAYS = (html, notebook)  # imported because they register how objects are displayed
Environments = Mapping[str, str] | Iterable[str] | None  # one string is one environment


def run(
    *catalogs: str | Path | Catalog | Case,
    environments: Environments = None,
    select_by: str | None = None,
    output: str | Path | None = None,
    timeout: float = 30.0,
    memory: float = 4.0,
    jobs: int | None = None,
    only_as_written: bool = False,
    shapes_only: bool = False,
    resume: bool = False,
    cache: bool = True,
    adapters: str | Path | Iterable[str | Path] = (),
    shard: str | None = None,
    with_: str | Iterable[str] = (),
    mode: str | None = None,
) -> Report:
    """Return the report of a run of cases in every environment, compared with the reference.

    ``catalogs`` are files, names of catalogs that come with convparity, or cases. ``environments`` maps
    ``"[LABEL:]ADAPTER"`` to interpreters, or is one or several strings ``"[LABEL:]ADAPTER=PYTHON"``; by default it is
    the environments that ``convparity envs`` lists. ``with_`` is one or several environments that convparity installs
    itself, such as ``"keras-torch==3.15.1"``. ``mode`` is ``"eager"``, ``"compiled"`` or ``"eager,compiled"``, for
    environments of PyTorch and TensorFlow.
    ``output`` is the results file to write or, with ``resume``, to continue: nothing that is in it is run again.
    Unless ``cache`` is false, nothing is run either that an earlier run observed under the same conditions.
    ``timeout`` is in seconds and ``memory`` in GB beyond what the import takes, both for each case. With
    ``only_as_written`` neither ports nor other input sizes are run; with ``shapes_only`` no layer is run, and each
    framework is only asked for the shape that it infers. ``adapters`` is one or several Python files with your own
    adapters (docs/adapters.md). ``shard``, such as ``"2/4"``, runs only that part of the cases; the results of all
    parts merge into those of the whole. Ctrl-C stops the run and returns the report so far, whose ``complete`` is
    then false.

    Raise InputError for bad input, HarnessFault if there is no environment or the results cannot be written. An
    environment that cannot run is recorded in ``report.results.faults``.
    """
    part = Shard.parse(shard) if shard else None
    settings = Settings(timeout, memory, jobs, only_as_written, shapes_only, resume, cache, part)
    files = (adapters,) if isinstance(adapters, str | Path) else tuple(adapters)
    catalogs_read = (catalog_file(item) for item in catalogs if isinstance(item, str | Path))
    check_outputs([Path(output) if output else None], (*catalogs_read, *map(Path, files)))
    chosen = in_modes(specs(environments, Adapters(files), with_), mode)
    return run_in(chosen_cases(catalogs, select_by), chosen, output, settings)


def predict(
    *catalogs: str | Path | Catalog | Case, adapters: Iterable[str] = USUAL, select_by: str | None = None
) -> Report:
    """Return a report that predicts each framework's behaviour for cases. Nothing is run, and no framework is needed.

    ``catalogs`` are files, names of catalogs that come with convparity, or cases. Each of ``adapters`` is an
    environment of the report whose ``basis`` is ``predicted``. Raise InputError for bad input.
    """
    return Report(predicted_run(chosen_cases(catalogs, select_by), adapters))


def specs(
    environments: Environments = None, adapters: Adapters | None = None, with_: str | Iterable[str] = ()
) -> list[EnvironmentSpec]:
    """Return the environments that a request names, where it may use these adapters.

    Those of ``with_`` are made when a run needs them.

    Raise InputError if the request cannot be understood.
    """
    made = with_option([with_] if isinstance(with_, str) else with_, adapters or Adapters())
    return resolve(_given(environments), adapters, made=made)


def _given(environments: Environments) -> list[str]:
    """Return environments as texts ``"[LABEL:]ADAPTER=PYTHON"``."""
    if isinstance(environments, str):
        return [environments]
    if isinstance(environments, Mapping):
        return [f"{name}={python}" for name, python in environments.items()]
    return list(environments or ())


def _input_texts(input: tuple[int, ...] | str | Iterable[str]) -> list[str]:
    """Return the input of a model as the texts of ``--input``."""
    if isinstance(input, str):
        return [input]
    parts = list(input)
    return ["x".join(map(str, parts))] if parts and not isinstance(parts[0], str) else list(map(str, parts))


def read_results(*paths: str | Path, unpacked: float = UNPACKED) -> Report:
    """Return the report of results files that were written by :func:`run` or ``convparity observe``.

    ``unpacked`` is the number of MB that they may unpack to, all together. Raise InputError for a file that is not a
    results file, and where they would unpack to more.
    """
    files = printable(str(paths[0])) if len(paths) == 1 else f"{len(paths)} results files"
    with working(f"reading {files}"):
        results = merging.read_results(paths, unpacked)
    with closing(Cache()) as cache, working("computing the references"):
        references = references_of(results, cache.shelf("references", fingerprint.of_references()))
    return Report(Run(results, references, results.ended))


def diff(old: Report | str | Path, new: Report | str | Path, unpacked: float = UNPACKED) -> Diff:
    """Return the differences between two runs, each a report or a results file that may unpack to ``unpacked`` MB.

    Raise InputError for a file that is not a results file.
    """
    from .report.findings.diff import Diff

    before, after = (run if isinstance(run, Report) else read_results(run, unpacked=unpacked) for run in (old, new))
    return Diff(before, after)


def versions(
    adapter: str,
    *catalogs: str | Path | Catalog | Case,
    last: int | None = None,
    oldest: str | None = None,
    newest: str | None = None,
    named: Iterable[str] = (),
    every: bool = False,
    pre: bool = False,
    package: str | None = None,
    select_by: str | None = None,
    output: str | Path | None = None,
    timeout: float = 30.0,
    memory: float = 4.0,
    cache: bool = True,
) -> History:
    """Return what changed in cases over several releases of a framework; each is installed once, as for ``with_``.

    ``adapter`` is a request as for ``with_``, without a version. The releases are those ``named``, or else of those
    that the package index has, from ``oldest`` to ``newest``, the newest patch release of each minor version, or
    ``every`` one; of these, the ``last`` ones, by default 6 where nothing else is asked for. ``pre`` includes
    pre-releases. ``package`` is the package whose releases these are, by default the adapter's framework. The other
    arguments are those of :func:`run`; the layers are run as written. Raise InputError for bad input, HarnessFault if
    the package index has no release. A release that cannot be observed is in the history with its reason.
    """
    from .releases.choice import Choice
    from .releases.observing import observed
    from .releases.series import Series

    choice = Choice.parse(last, oldest, newest, ",".join(named), every)
    settings = Settings(timeout, memory, cache=cache)
    series, cases = Series(adapter, package), chosen_cases(catalogs, select_by)
    path = Path(output) if output else None
    return observed(cases, series.chosen(choice, pre), series.package, settings, path, strict=bool(choice.named))


def bisect(
    case: str | Case,
    adapter: str,
    input: tuple[int, ...] | None = None,
    good: str | None = None,
    bad: str | None = None,
    package: str | None = None,
    pre: bool = False,
    timeout: float = 30.0,
    memory: float = 4.0,
    cache: bool = True,
) -> Bisected:
    """Return the first release of a framework that does otherwise in a layer, among those from ``good`` to ``bad``.

    ``case`` and ``input`` are those of :func:`repro`, the other arguments those of :func:`versions`. Without ``good``
    and ``bad``, these are the oldest release that convparity supports and the newest one. Each release that is tried
    is installed first. Raise InputError for bad input, HarnessFault if the package index has no release.
    """
    from .releases.bisecting import bisected
    from .releases.choice import Choice
    from .releases.series import Series

    choice = Choice.between(good, bad)
    settings = Settings(timeout, memory, cache=cache)
    found, series = one_case(case, input), Series(adapter, package)
    return bisected(found, series, series.chosen(choice, pre), settings)


def hunt(
    environments: Environments = None,
    minutes: float = 10.0,
    layers: int | None = None,
    ops: str | Iterable[str] = (),
    seed: int | None = None,
    output: str | Path | None = None,
    expectations: str | Path | Iterable[str | Path] = (),
    with_: str | Iterable[str] = (),
    mode: str | None = None,
    adapters: str | Path | Iterable[str | Path] = (),
    timeout: float = 10.0,
    memory: float = 4.0,
) -> Hunted:
    """Return what a search of random layers finds that neither a framework's model nor an expectation explains.

    The environments, ``with_``, ``mode``, ``adapters`` and the limits of each layer are those of :func:`run`. Layers
    are drawn for some ``minutes``, or as many as ``layers`` says; of the operations ``ops``, by default all. The same
    ``seed`` draws the same layers. ``expectations`` are files of what is known. ``output`` is a new folder for a
    catalog of what is found, and scripts. Ctrl-C ends the search, and what was found is returned. Raise InputError for
    bad input.
    """
    from .hunting import hunting
    from .hunting.searching import Plan
    from .report.policy.expectations_file import load_expectations

    files = (adapters,) if isinstance(adapters, str | Path) else tuple(adapters)
    own = Adapters(files)
    plan = Plan.of(minutes, layers, (ops,) if isinstance(ops, str) else ops, seed, load_expectations(expectations))
    folder = Path(output) if output else None
    return hunting.hunt(in_modes(specs(environments, own, with_), mode), plan, Settings(timeout, memory), folder)


def one_case(case: str | Case, input: tuple[int, ...] | None) -> Case:
    """Return the case of its id, or of a layer expression with its input. Raise InputError if it is neither."""
    if isinstance(case, Case):
        return case
    return find_case(case) if input is None else read(case, input).case


def explain(
    layer: str | Case,
    input: tuple[int, ...] | None = None,
    environments: Environments = None,
    run: bool = False,
    weights: tuple[int, ...] | None = None,
    with_: str | Iterable[str] = (),
    with_weights: bool = False,
) -> Explained:
    """Return one layer calculated by the formula, and with ``environments`` or ``run`` also run in environments.

    ``layer`` is a case, or a layer expression of any framework as a string. ``input`` is that of an expression: its
    spatial sizes, optionally with channels and batch in front; without it, one that the layer can have is used, and
    said. ``weights`` is the shape of the expression's weights, if it has only a name for them. The expression itself is
    run as well, in an environment of its framework. ``run`` uses the environments that are found, and ``with_`` are
    those that convparity installs itself, as for :func:`run`. ``with_weights`` adds the lines of NumPy that carry the
    weights of the expression's layer to each line to paste, which are run where environments are there.
    Raise InputError if the expression cannot be understood.
    """
    from .report.findings.answers import answers
    from .report.findings.explained import Explained
    from .report.findings.to_write import carried

    wanted = run or environments is not None or bool(with_)
    if isinstance(layer, Case):
        return Explained(layer, run_in((layer,), specs(environments, None, with_)) if wanted else None)
    missing = missing_input([layer], weights) if input is None else None
    sizes = missing.input if missing else tuple(input or ())
    asked = read(layer, sizes, weights)
    asides = (*asked.asides, *([missing.aside] if missing else []))
    if not wanted:
        unrun = carried(asked) if with_weights else {}
        lead = tuple(answers(asked))
        return Explained(asked.case, None, asides, dressing=asked.dressing, below=unrun, lead=lead)
    from .runs.explaining import explained

    found = explained(layer, sizes, weights, specs(environments, None, with_), with_weights)
    found.asides = asides
    return found


def compare(
    first: Any,
    second: Any,
    input: Any = (),
    environments: Environments = None,
    run: bool = False,
    with_: str | Iterable[str] = (),
    pairs: Mapping[str, str] | None = None,
    memory: float = 8.0,
    timeout: float = 600.0,
    carry: bool = False,
) -> Compared | ComparedModels:
    """Return two layer expressions, or two models, compared on an input.

    The input of expressions is (H, W), (C, H, W) or (N, C, H, W); for other ranks likewise. Without it, one that both
    can have is used, and said. Their result is predicted.
    With ``environments``, with ``run``, which uses those that are found, and with ``with_``, as for :func:`run`, each
    line is measured in an environment of its framework, where there is one.

    A model is a live object, as for :func:`record`, or named as in ``convparity compare``: ``"LABEL:module:factory"``,
    which is executed in its environment, a file, or for the first also a recording. Its input is a shape (N, C,
    *spatial), or a text such as ``"1x3x224x224:image"``, or several; that of live models are arrays, as for
    :func:`record`. ``pairs`` are paths in the port with those in the original. ``memory`` is in GB beyond what the
    import takes, ``timeout`` in seconds. With ``carry``, the original's weights are copied into the port first, in the
    memory of its process; a live port has its own again afterwards.

    Raise InputError if one of the two cannot be understood or executed, and HarnessFault if an environment cannot run.
    """
    if _is_live(first) or _is_live(second):
        return _live_compared(first, second, input, pairs, carry)
    if any(not isinstance(one, str) or looks_like_a_model(one) for one in (first, second)):
        from .models import comparing, request

        texts = [one if isinstance(one, str) else str(one.folder) for one in (first, second)]
        given = _given(environments), [with_] if isinstance(with_, str) else list(with_)
        original, port = (request.model(text, *given) for text in texts)
        limits = Limits(timeout, int(memory * 2**30))
        return comparing.compare(original, port, _input_texts(input), limits, pairs, carry)
    from .report.findings.compared import compare as compared

    sizes = tuple(map(int, input))
    predicted = compared(str(first), second, sizes)
    if not run and environments is None and not with_:
        return predicted
    from .runs.comparing import measured

    return measured([predicted], specs(environments, None, with_))[0]


def _is_live(model: Any) -> bool:
    """Return whether something is meant as a model of this process, rather than as a name or a recording."""
    if isinstance(model, str):
        return False
    from .adapters.models.recording import Recording

    return not isinstance(model, Recording)


def _live_compared(original: Any, port: Any, x: Any, pairs: Mapping[str, str] | None, carry: bool) -> ComparedModels:
    """Return the comparison of live models. Raise InputError if one of the two is named instead."""
    from .models import live

    for model, place in ((original, "first"), (port, "second")):
        if isinstance(model, str):
            said = "record it, and give the recording" if place == "first" else "build it in this process"
            raise InputError([f"the {place} model is {model!r}, and the other one a live object; {said}"])
    return live.compare(original, port, x, pairs, carry)


def record(model: Any, x: Any, folder: str | Path | None = None) -> Recording:
    """Return the recording of a live model on an input: every layer and function that it calls, in order.

    ``model`` is a ``torch.nn.Module``, a Keras model, ``(module, variables)`` of Flax linen, an nnx module, a
    Gluon block or an ``onnx.ModelProto``. ``x`` is an array (N, C, *spatial), channels first in every framework, or
    several as a list, or by name as a mapping. The model infers, and does not change.

    The recording is written into ``folder``, which must be new; without one, into a temporary folder that is deleted
    with the recording. It may be the original of :func:`compare`. Raise TypeError for something that is no model,
    ValueError for an input that is none, InputError for a folder that exists, and any error of the model.
    """
    from .models import live

    return live.record(model, x, folder)


def port(
    line: str | Recording,
    to: str,
    input: tuple[int, ...] | str | Iterable[str] = (),
    environments: Environments = None,
    weights: tuple[int, ...] | None = None,
    with_: str | Iterable[str] = (),
    memory: float = 8.0,
    timeout: float = 600.0,
) -> Port | ModelPort:
    """Return a layer expression as a script in the framework of the adapter ``to``, with the weights carried over.

    ``input`` and ``weights`` are as for :func:`explain`, ``environments`` and ``with_`` as for :func:`run`. Both layers
    are run, on the same random input and weights, where there is an environment for each; otherwise the port is
    predicted. Of a model, named with its input as for :func:`compare`, or of a recording, it is a file of the layers,
    each run in the same way. ``memory`` and ``timeout`` are those of :func:`compare`.

    Raise InputError if the expression or model cannot be understood or has no port, and HarnessFault if an environment
    cannot run.
    """
    adapter = _built_in(to)
    if not isinstance(line, str) or looks_like_a_model(line):
        from .models.porting import port as ported_model

        with _recorded(line, input, environments, with_, memory, timeout, random=True) as recording:
            return ported_model(recording, adapter, found_specs(environments, with_))
    from .runs.porting import port as ported

    sizes = tuple(map(int, input))
    return ported(line, read(line, sizes, weights), adapter, found_specs(environments, with_))


def preflight(
    model: str | Recording,
    to: str | Iterable[str] | None = None,
    input: tuple[int, ...] | str | Iterable[str] = (),
    environments: Environments = None,
    run: bool = False,
    with_: str | Iterable[str] = (),
    memory: float = 8.0,
    timeout: float = 600.0,
) -> Preflight:
    """Return which layers of a model read other pixels in other frameworks, and how far that drifts.

    ``model`` and its ``input`` are those of the original in :func:`compare`. ``to`` is one or several adapters or their
    aliases; by default, one for each framework but the model's own. Nothing is run in these frameworks, except in the
    environments that ``environments``, ``run`` and ``with_`` name, as for :func:`compare`. The result is also a report;
    ``lines()`` and ``to_json()`` are what the command prints and writes. Raise InputError and HarnessFault as
    :func:`compare` does.
    """
    from .models.preflight import layers_in, targets
    from .models.preflight import preflight as predicted

    measured = specs(environments, None, with_) if environments or with_ or run else []
    with _recorded(model, input, environments, with_, memory, timeout) as recording:
        names = to if to is None or isinstance(to, str) else ",".join(to)
        return predicted(layers_in(recording), targets(names, recording.adapter), measured)


@contextmanager
def _recorded(
    model: str | Recording,
    input: tuple[int, ...] | str | Iterable[str],
    environments: Environments,
    with_: str | Iterable[str],
    memory: float,
    timeout: float,
    random: bool = False,
) -> Iterator[Recording]:
    """Yield the recording that a model is, or that is made of it, with random weights if asked."""
    from .models import preflight, request

    text = model if isinstance(model, str) else str(model.folder)
    named = request.model(text, _given(environments), [with_] if isinstance(with_, str) else list(with_))
    limits = Limits(timeout, int(memory * 2**30))
    with preflight.recording(named, _input_texts(input), limits, random) as recording:
        yield recording


def repro(
    case: str | Case,
    adapters: Sequence[str],
    input: tuple[int, ...] | None = None,
    environments: Environments = None,
    with_: str | Iterable[str] = (),
) -> str:
    """Return a script that shows how two adapters' frameworks differ in a layer; empty if they do not.

    ``case`` is a case, its id in a catalog that ships, ``CATALOG:ID``, or a layer expression with its ``input``. The
    script has run in an environment of each. Raise InputError for bad input, HarnessFault if one cannot run.
    """
    from .runs.reproducing import reproduce

    names = tuple(map(_built_in, adapters))
    if len(set(names)) != 2 or len(names) != 2:
        raise InputError(
            [f"adapters: {printable(','.join(adapters), 60)!r} is not two adapters, as in torch,tensorflow"]
        )
    return reproduce(one_case(case, input), names, found_specs(environments, with_))


def _built_in(name: str) -> str:
    """Return the built-in adapter that a name or an alias stands for. Raise InputError for any other word."""
    found = meant(name) or name
    if found not in NAMES:
        raise InputError([Adapters().why_not(name) or f"{printable(name)!r} is your own adapter, which has no ports"])
    return found


def found_specs(environments: Environments = None, with_: str | Iterable[str] = ()) -> list[EnvironmentSpec]:
    """Return the environments as :func:`specs` does, but an empty list if none was requested and none is found."""
    try:
        return specs(environments, None, with_)
    except HarnessFault:
        if environments or with_:
            raise
        return []


def adapter(name: str) -> Adapter:
    """Return the adapter of a framework that is installed in this interpreter, for its ``comp_conv2d``.

    Raise InputError for an unknown name, ImportError if the framework is missing.
    """
    adapters = Adapters()
    if why := adapters.why_not(name):
        raise InputError([why])
    return adapters.kind(name)()


def chosen_cases(catalogs: Iterable[str | Path | Catalog | Case], select_by: str | None = None) -> tuple[Case, ...]:
    """Return the distinct cases of catalogs that ``select_by`` selects; those given by file or name come first.

    Raise InputError for bad input, and if there are no cases.
    """
    cases: list[Case] = []
    given = list(catalogs)
    with working("reading the catalogs"):
        files = [item for item in given if isinstance(item, str | Path)]
        named = load_catalog(*files)  # all in one call, which can tell where an id is used twice
        for item in (named, *(item for item in given if not isinstance(item, str | Path))):
            cases += [item] if isinstance(item, Case) else item
    if not cases:
        names = printable(", ".join(map(str, files)))
        raise InputError([f"{names}: no cases" if names else "no cases; name a catalog, such as textbook"])
    return select(distinct(cases), select_by)
