"""The lock: what a line says, that only lines that changed are touched, and what breaks it."""

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.policy.lock import HEAD, Lock, broken

STEM = make_case(id="stem", input=[8, 8], kernel=3, padding=1, stride=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]  # pads (0,1)


@pytest.fixture
def shifted(observed_run):
    """The stem, shifted in keras."""
    run = observed_run(STEM, environments=("keras", "torch"))
    run.saw(STEM, "keras", shape=[1, 1, 4, 4], digest="0123456789abcdef")
    run.probed(STEM, LATER, LATER, environment="keras")
    run.agreed(STEM, "torch")
    return run.report()


@pytest.fixture
def mended(observed_run):
    """The same run, except that keras agrees."""
    run = observed_run(STEM, environments=("keras", "torch"))
    run.agreed(STEM, "keras")
    run.agreed(STEM, "torch")
    return run.report()


def digest(report):
    return report.references[STEM].digest[:12]


def written(tmp_path, text):
    path = tmp_path / "convparity.lock"
    path.write_text(text)
    return path


def test_a_line_says_verdict_shape_pads_and_digest(shifted):
    assert Lock.of(shifted).text().splitlines() == [
        HEAD,
        "stem  keras  shifted  4x4  0+1,0+1  0123456789ab",
        f"stem  torch  agrees  4x4  1+1,1+1  {digest(shifted)}",
    ]


def test_a_line_without_shape_pads_or_exact_values_has_placeholders(observed_run):
    mean = make_case(id="a mean", op="avg_pool", input=[8, 8], kernel=3)
    run = observed_run(STEM, mean)
    reference = run.report().references[mean]
    run.saw(STEM, outcome="timed out")
    run.saw(mean, shape=list(reference.shape), dtype="float32", digest="x", off=0.5, against=reference.digest)
    assert Lock.of(run.report()).text().splitlines()[1:] == [
        '"a mean"  torch  agrees  2x2  0+0,0+0  ~',
        "stem  torch  timed-out  -  -  -",
    ]


def test_only_lines_that_changed_are_touched_and_comments_stay(shifted, mended, tmp_path):
    before = [
        HEAD,
        "# Ours: see the wiki.",
        "",
        "# known since 2024",
        "other  keras  rejects  -  -  -",
        "stem  keras  shifted  4x4  0+1,0+1  0123456789ab",
        "# the one that matters",
        f"stem  torch  agrees  4x4  1+1,1+1  {digest(shifted)}",
        "# the end",
    ]
    path = written(tmp_path, "\n".join(before) + "\n")
    assert Lock.read(path).updated(shifted).text() == path.read_text()
    after = Lock.read(path).updated(mended).text().splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (before[5], f"stem  keras  agrees  4x4  1+1,1+1  {digest(shifted)}")
    ]
    assert "other  keras" not in Lock.read(path).updated(mended, prune=True).text()


def test_a_crop_or_pad_that_moved_breaks_the_lock_and_is_named(shifted, mended):
    (one,) = broken(Lock.of(shifted), mended)
    assert str(one) == (
        f"keras  stem  shifted -> agrees, pads 0+1,0+1 -> 1+1,1+1, values 0123456789ab -> {digest(shifted)}"
    )
    assert broken(Lock.of(shifted), shifted) == []


def test_unlocked_and_unobserved_rows_are_named(shifted, observed_run):
    run = observed_run(STEM, environments=("keras", "torch"))
    run.agreed(STEM, "torch")
    (gone,) = broken(Lock.of(shifted), run.report())
    assert str(gone).startswith("keras  stem  was locked as shifted 4x4")
    (new,) = broken(Lock.of(run.report()), shifted)
    assert str(new).startswith("keras  stem  is not locked, and is shifted 4x4")


def test_other_cases_and_environments_are_not_asked_about(shifted, observed_run):
    run = observed_run(STEM, environments=("torch",))
    run.agreed(STEM, "torch")
    assert broken(Lock.of(shifted), run.report()) == []
    only = observed_run(make_case(id="another", input=[9], kernel=3))
    assert broken(Lock.of(shifted), only.report()) == []


def test_ids_of_any_characters_are_read_back(observed_run, tmp_path):
    odd = make_case(id='two  words "and" \n more', input=[8, 8], kernel=3)
    run = observed_run(odd, environments=("my env",))
    run.agreed(odd, "my env")
    path = written(tmp_path, Lock.of(run.report()).text())
    assert Lock.read(path).facts == Lock.of(run.report()).facts
    assert len(path.read_text().splitlines()) == 2


def test_every_malformed_line_is_named(tmp_path):
    path = written(
        tmp_path,
        f"{HEAD}\nstem torch agrees\nstem  torch  fine  -  -  -\n\na  b  agrees  -  -  -\na  b  agrees  -  -  -\n",
    )
    with pytest.raises(InputError) as error:
        Lock.read(path)
    assert [problem.split(": ", 1)[0] for problem in error.value.problems] == [f"{path}:{n}:1" for n in (2, 3, 6)]


def test_a_lock_that_an_editor_marked_as_unicode_is_a_lock(shifted, tmp_path):
    path = written(tmp_path, "")
    path.write_bytes(b"\xef\xbb\xbf" + Lock.of(shifted).text().encode().replace(b"\n", b"\r\n"))
    assert Lock.read(path).text() == Lock.of(shifted).text()


@pytest.mark.parametrize("text", ["", "hello\n", "# convparity lock, format 2\n"])
def test_a_file_that_is_no_lock_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=":1:1: not a lock of format 1"):
        Lock.read(written(tmp_path, text))


def test_nothing_in_a_lock_file_is_a_command_to_the_terminal(shifted, tmp_path):
    lines = ["stem  keras  shifted  4x4\x1b[31m\x07  0+1,0+1  0123456789ab", "stem  torch  agrees  \x1b[31m  ?  -"]
    lock = Lock.read(written(tmp_path, "\n".join([HEAD, *lines, ""])))
    del shifted.results.observations["torch", "stem", (8, 8), "as written"]
    assert list(map(str, broken(lock, shifted))) == [
        "keras  stem  shape 4x4\\x1b[31m\\x07 -> 4x4",
        "torch  stem  was locked as agrees \\x1b[31m ? -, and was not observed",
    ]
