"""A whole hunt: the search with its progress, the scripts of what it finds, and its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..runs.lending import serving_now
from ..runs.settings import Settings
from .folder import check_folder, write_folder
from .hunted import Hunted
from .scripts import add_scripts
from .searching import Plan, search
from .telling import saying, told


def hunt(specs: Sequence[EnvironmentSpec], plan: Plan, settings: Settings, folder: Path | None = None) -> Hunted:
    """Return what a hunt in environments finds, with scripts if it is to write them into a folder.

    After Ctrl-C, what was found until then is returned, and written, without the scripts that are missing. On a
    cluster, the layers run on its nodes, and the scripts here.
    """
    check_folder(folder)
    if serving_now() is None:
        specs = ready(specs)
    with saying() as say:
        say("hunting: starting the frameworks")
        hunted = search(specs, plan, settings, lambda found, left: say(told(found, left)))
        if folder and not hunted.interrupted:
            of = len(hunted.findings)
            try:
                able = [spec for spec in ready(specs) if spec.label in hunted.labels] if of else []
                add_scripts(hunted.findings, able, lambda n: say(f"hunting: running script {n} of {of}"))
            except KeyboardInterrupt:
                hunted.interrupted = True
    if folder:
        write_folder(hunted, folder)
    return hunted
