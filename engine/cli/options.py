"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..adapters.registry import NAMES
from ..report.findings.words import DIVERGENT
from ..report.results.limits import UNPACKED as UNPACKED
from . import complete

LAYER, WHAT, WHERE, HOW, FAILS, OUTPUT = (
    "The layer",
    "What to run",
    "Environments",
    "How to run it",
    "What fails the run",
    "Output",
)  # the groups of options in the help

Catalogs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CATALOG...",
        help="TOML files, or names of catalogs that come with convparity, as `convparity catalogs` lists them "
        "(default: tool.convparity.catalogs in the nearest pyproject.toml).",
        autocompletion=complete.catalogs,
        show_default=False,
    ),
]
Envs = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="[LABEL:]ADAPTER=PYTHON|LABEL",
        help="An adapter and a Python interpreter that has its framework; or the label of an environment of "
        "pyproject.toml, or a pattern such as 'keras-*'. The adapters are "
        f"{', '.join(NAMES[:-1])} and {NAMES[-1]}. Can be repeated.",
        rich_help_panel=WHERE,
        autocompletion=complete.environments,
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="[LABEL:]ADAPTER[==VERSION][,PACKAGE==VERSION...]",
        help="An environment that convparity installs itself, once, for all projects; 'all' is one for each adapter. "
        "Can be repeated.",
        rich_help_panel=WHERE,
        autocompletion=complete.adapters,
    ),
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode",
        metavar="MODE,...",
        help="How PyTorch and TensorFlow run layers: eager, compiled (torch.compile, jit_compile), or both, each as an "
        "environment (default: eager).",
        rich_help_panel=HOW,
        autocompletion=complete.modes,
    ),
]
Own = Annotated[
    list[Path] | None,
    typer.Option(
        "--adapter", metavar="FILE", help="A Python file with your own adapter. Can be repeated.", rich_help_panel=WHERE
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="RESULTS",
        help="Write the observations to this results file.",
        rich_help_panel=OUTPUT,
    ),
]
Select = Annotated[
    str | None,
    typer.Option(
        "-k",
        "--select",
        metavar="EXPR",
        help="Run only cases whose id matches, such as 'same and not 512'.",
        rich_help_panel=WHAT,
        autocompletion=complete.cases,
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="S", min=0.1, help="Time limit for each case, in seconds.", rich_help_panel=HOW),
]
Memory = Annotated[
    float,
    typer.Option(
        "--memory",
        metavar="GB",
        min=0.1,
        help="Memory limit for each case, in GB beyond what the import takes.",
        rich_help_panel=HOW,
    ),
]
AsWritten = Annotated[
    bool,
    typer.Option(
        "--as-written", help="Run layers only as written: no ports and no other input sizes.", rich_help_panel=WHAT
    ),
]
ShapesOnly = Annotated[
    bool,
    typer.Option(
        "--shapes-only",
        help="Run no layer; only ask each framework for the shape that it infers.",
        rich_help_panel=WHAT,
    ),
]
Predict = Annotated[
    bool,
    typer.Option(
        "--predict",
        help="Run nothing: predict what each framework does. No framework has to be installed.",
        rich_help_panel=WHAT,
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Continue the run in RESULTS: run only what is not in it.", rich_help_panel=HOW),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "-n",
        "--no-cache",
        help="Run everything, and store nothing for later runs; see `convparity cache`.",
        rich_help_panel=HOW,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="PART/PARTS",
        help="Run only this part of the cases: 1/4 to 4/4.",
        rich_help_panel=WHAT,
    ),
]
Unpacked = Annotated[
    float,
    typer.Option(
        "--unpacked",
        metavar="MB",
        min=0.001,
        help="Most MB that compressed RESULTS and the arrays in them may unpack to.",
    ),
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Exit with 0 even if something diverges.", rich_help_panel=FAILS)
]
Expectations = Annotated[
    list[Path] | None,
    typer.Option(
        "--expectations",
        metavar="FILE",
        help="File of expected divergences and their reasons. Can be repeated (default: tool.convparity.expectations "
        "in the nearest pyproject.toml).",
        rich_help_panel=FAILS,
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="VERDICT,...",
        help=f"Fail only on these verdicts: {', '.join(DIVERGENT)}, unforeseen, or all "
        "(default: tool.convparity.fail-on, or else all).",
        rich_help_panel=FAILS,
        autocompletion=complete.verdicts,
    ),
]
Locked = Annotated[
    Path | None,
    typer.Option(
        "--locked",
        metavar="FILE",
        help="Fail if anything differs from this file of `convparity lock`.",
        rich_help_panel=FAILS,
    ),
]
Locks = Annotated[
    list[Path] | None,
    typer.Option(
        "--locked",
        metavar="FILE",
        help="Fail if anything differs from this file: of `convparity lock`, what layers do; of `convparity envs "
        "lock`, what is installed, which is checked before anything runs. Give it twice for both.",
        rich_help_panel=FAILS,
    ),
]
LockedEnvironments = Annotated[
    Path | None,
    typer.Option(
        "--locked",
        metavar="FILE",
        help="Refuse environments that are not as in this file of `convparity envs lock`.",
        rich_help_panel=WHERE,
    ),
]
Agree = Annotated[
    list[str] | None,
    typer.Option(
        "--agree",
        metavar="LABEL,LABEL,...",
        help="Fail if these environments disagree with each other; the labels are those that `run --list` shows. Can "
        "be repeated, once for each group (default: tool.convparity.agree).",
        rich_help_panel=FAILS,
        autocompletion=complete.labels,
    ),
]
