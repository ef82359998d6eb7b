"""Plans a run over several jobs: the commands that run its parts, and the one that merges and reports them.

Each form is a text to paste: for a shell, GNU parallel, Slurm or GitHub Actions. ``--shard`` does the dividing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """A run that is divided between ``jobs`` jobs: its catalogs and options, and the environments to install first."""

    catalogs: Sequence[str]
    options: Sequence[str]
    installed: Sequence[str]
    jobs: int

    def part(self, number: str) -> str:
        """Return the command that runs one part; ``number`` is its number, or what stands for it in the text."""
        command = shlex.join(["convparity", "run", *self.catalogs, *self.options])
        return f"{command} --shard {number}/{self.jobs} -o {self.file(number)} --exit-zero"

    def file(self, number: str) -> str:
        """Return the results file of a part. It names the number of parts, so that no two plans mix."""
        return f"results/part-{number}-of-{self.jobs}.jsonl"

    @property
    def install(self) -> list[str]:
        """The command that installs the environments, so that the parts find them; none if there are none."""
        return [shlex.join(["convparity", "envs", "add", *self.installed])] if self.installed else []

    @property
    def merge(self) -> str:
        """The command that merges the parts and reports them."""
        return f"convparity report {self.file('*')} --html results/report.html"


def shell(plan: Plan) -> Iterator[str]:
    """Yield a command for each part, one after the other."""
    yield from plan.install
    yield from (plan.part(str(number)) for number in range(1, plan.jobs + 1))
    yield plan.merge


def parallel(plan: Plan) -> Iterator[str]:
    """Yield the parts as one command of GNU parallel."""
    yield from plan.install
    yield f"seq {plan.jobs} | parallel {shlex.quote(plan.part('{}'))}"
    yield plan.merge


def slurm(plan: Plan) -> Iterator[str]:
    """Yield the parts as an array of Slurm, and a job that waits for it; the nodes need to share the current folder."""
    yield from plan.install
    part = shlex.quote(plan.part("${SLURM_ARRAY_TASK_ID}"))
    yield f"array=$(sbatch --parsable --job-name=convparity --array=1-{plan.jobs} --wrap={part})"
    merge = shlex.quote(plan.merge)
    yield f'sbatch --job-name=convparity-report --dependency="afterany:${{array%%;*}}" --wrap={merge}'


def github(plan: Plan) -> Iterator[str]:
    """Yield a workflow of GitHub Actions: a job for each part, and one that merges what they uploaded."""
    setup = """\
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - run: python -m pip install "convparity @ git+https://github.com/OWNER/convparity@v1"
"""
    yield f"""\
name: convparity
on: [push, pull_request]

permissions:
  contents: read

jobs:
  run:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        part: [{", ".join(map(str, range(1, plan.jobs + 1)))}]
    steps:
{setup}      - run: {_block(plan.part("${{ matrix.part }}"))}
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: results-${{{{ matrix.part }}}}
          path: results/

  report:
    needs: run
    if: always() # what the other jobs observed is reported even where one failed
    runs-on: ubuntu-latest
    steps:
{setup}      - uses: actions/download-artifact@v5
        with:
          pattern: results-*
          path: results
          merge-multiple: true
      - run: {_block(plan.merge)}
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: report
          path: results/report.html"""


def _block(command: str) -> str:
    """Return a command as a YAML block, in which no character has a meaning."""
    return f"|\n          {command}"


FORMS: dict[str, Callable[[Plan], Iterator[str]]] = {
    "shell": shell,
    "parallel": parallel,
    "slurm": slurm,
    "github": github,
}
