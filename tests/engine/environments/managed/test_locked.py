"""With ``--locked`` and a lock of environments, nothing runs in an environment that is not as locked."""

import pytest

from .conftest import write_wheel

LOCK = "convparity-environments.lock"
LINE = "layers.Conv2D(8, 3, strides=2, padding='same')"


@pytest.fixture
def locked(convparity):
    """The command in a folder with a lock of two environments, both installed."""
    done = convparity("envs", "lock", "onnxruntime==1.20.1", "onnxruntime")
    assert done.returncode == 0, done.err
    return convparity


def listed(convparity, *options):
    """``run --list``, which ends before a framework runs, with the lock."""
    return convparity("run", "textbook", "--list", "--locked", LOCK, *options)


def python_of(convparity, package):
    """The interpreter of the environment that has a package, such as ``onnxruntime-1.20.1``."""
    (found,) = convparity.store.glob(f"made/*/lib/python*/site-packages/{package}.dist-info")
    return found.parents[3] / "bin/python"


def downgrade(convparity, package, old, new):
    """Make an installed package say that it has another version."""
    for about in convparity.store.glob(f"made/*/lib/python*/site-packages/{package}-{old}.dist-info/METADATA"):
        about.write_text(about.read_text().replace(f"Version: {old}", f"Version: {new}"))


def test_a_locked_environment_is_accepted_whether_convparity_or_the_user_made_it(locked):
    done = listed(locked, "--with", "onnxruntime", "--with", "onnxruntime==1.20.1")
    assert (done.returncode, done.err) == (0, "")
    done = listed(locked, "--env", f"mine:onnxruntime={python_of(locked, 'onnxruntime-1.20.1')}")
    assert (done.returncode, done.err) == (0, "")


def test_another_request_is_refused_with_the_package_that_differs(locked):
    done = listed(locked, "--with", "onnxruntime==1.32.0")
    assert done.returncode == 2
    assert done.err == (
        f"{LOCK}: onnxruntime==1.32.0 is not as locked: onnxruntime==1.32.0 is asked for instead of "
        "onnxruntime==1.20.1; ask for what is locked, or write the lock anew with `convparity envs lock`\n"
    )
    done = listed(locked, "--with", "flax")
    assert done.returncode == 2
    assert "no versions for 'flax'; it has onnxruntime==1.20.1 and onnxruntime; write them with" in done.err
    assert len(locked.names("made")) == 2  # nothing was installed for it


@pytest.mark.parametrize("option", ["--with onnxruntime==1.20.1", "--env mine:onnxruntime={python}"])
def test_a_package_that_was_changed_since_is_named_with_both_versions(locked, option):
    python = python_of(locked, "onnxruntime-1.20.1")
    downgrade(locked, "numpy", "2.4.6", "2.4.5")
    done = listed(locked, *option.format(python=python).split(maxsplit=1))
    assert done.returncode == 2
    assert "is not as locked: numpy is 2.4.5 instead of 2.4.6 in " in done.err
    assert ("convparity envs remove " if "--with" in option else "--with onnxruntime") in done.err
    assert len(done.err.splitlines()) == 1


def test_a_python_of_another_version_is_not_the_locked_one(locked):
    text = (locked.folder / LOCK).read_text()
    version = text.partition('version = "')[2].partition('"')[0]
    (locked.folder / LOCK).write_text(text.replace(f'version = "{version}"', 'version = "2.7"'))
    done = listed(locked, "--env", f"onnxruntime={python_of(locked, 'onnxruntime-1.32.0')}")
    assert f"Python is {version} instead of 2.7 in " in done.err
    done = listed(locked, "--env", "onnxruntime=/nowhere/python")
    assert "/nowhere/python does not say what is installed there" in done.err


def test_locked_versions_are_installed_although_there_are_newer_ones(locked, wheels):
    lock = (locked.folder / LOCK).rename(locked.folder / "ci.lock")  # not where a run finds it by itself
    write_wheel(wheels, "onnxruntime", "1.33.0", ("numpy",))
    for key in locked.names("made"):
        assert locked("envs", "remove", key).returncode == 0
    locked("run", "textbook", "-k", "stem", "--with", "onnxruntime", "--locked", lock)  # the tiny package runs nothing
    assert "onnxruntime 1.32.0" in locked("envs").out


@pytest.mark.parametrize(
    "command",
    [
        ("observe", "textbook", "-o", "r.jsonl"),
        ("explain", LINE, "--input", "3x8x8"),
        ("compare", LINE, LINE, "--input", "3x8x8"),
    ],
)
def test_the_other_commands_that_run_layers_refuse_a_changed_environment_too(locked, command):
    done = locked(*command, "--locked", LOCK, "--with", "onnxruntime==1.32.0")
    assert done.returncode == 2
    assert "onnxruntime==1.32.0 is asked for instead of onnxruntime==1.20.1" in done.err
    done = locked(*command, "--locked", "none.lock", "--with", "onnxruntime")
    assert done.err == "none.lock: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--locked", LOCK, "--locked", f"./{LOCK}"), "are locks of the same kind; give one of them"),
        (("--locked", LOCK, "--predict"), "--locked with a lock of environments: cannot be combined with --predict"),
    ],
)
def test_locks_that_exclude_each_other_or_an_option_are_refused(convparity, options, problem):
    (convparity.folder / LOCK).write_text("format = 1\nenvironment = []\n")
    done = convparity("run", "textbook", *options)
    assert done.returncode == 2
    assert problem in done.err
