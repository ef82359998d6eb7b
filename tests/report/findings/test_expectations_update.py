"""A file of expectations brought up to date: it then holds, and nothing but what had to change has changed."""

import difflib

import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.findings.expectations_update import update
from convparity.report.policy.expectations_file import load_expectations

from ..policies import held

CASES = [
    make_case(id=id, input=[8, 8], kernel=3, padding=1, stride=2, in_channels=i) for i, id in enumerate("abcde", 1)
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "e.toml"


@pytest.fixture
def raising(observed_run):
    """A run in which these (case, label) raise, and everything else agrees."""

    def run(*pairs, labels=("one", "two"), cases=CASES):
        run = observed_run(*cases, environments=labels)
        for case in cases:
            for label in labels:
                if (case.id, label) in pairs:
                    run.saw(case, label, outcome="raised", error=f"ValueError: not in {label}")
                else:
                    run.agreed(case, label)
        return run.report()

    return run


def brought_up_to_date(path, report, **options):
    """The update, written, after which everything is as expected and nothing is left to do."""
    done = update(path, report, **options)
    path.write_bytes(done.text.encode())
    report = held(report, expectations=load_expectations([path]) if path.read_text() else [], **options)
    checked = report.expected
    assert (checked.failures, report.exit_status) == ([], 0)
    again = update(path, report, **options)
    assert (again.changed, again.text) == (False, done.text)
    return done, report


def changed_lines(before, after):
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


COMMENTED = """\
about = "ours"   # by hand

# --- one
[[expect]]   # spaced   oddly
case  =  [
  "a",   # first
  'b',
]
environment = "one"
verdict = "rejects"   # or not
reason = \"\"\"
it is
so\"\"\"

# --- two
[[expect]]
reason = "two"
verdict = ["rejects", "shape"]
case = "c"
environment = ["one", "two"]

# the end
"""


def test_without_a_file_there_is_one_entry_for_each_finding(path, raising):
    done, _ = brought_up_to_date(path, raising(("a", "one"), ("b", "one"), ("c", "two")))
    assert (
        path.read_text()
        == """\
[[expect]]
case = ["a", "b"]
environment = "one"
verdict = "rejects"
reason = "raises where the answer has the shape (4,4): ValueError: not in one"

[[expect]]
case = "c"
environment = "two"
verdict = "rejects"
reason = "raises where the answer has the shape (4,4): ValueError: not in two"
"""
    )
    assert len(done.added) == 2


def test_where_nothing_changed_every_byte_stays(path, raising):
    path.write_bytes(b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode())
    before = path.read_bytes()
    done = update(path, raising(("a", "one"), ("b", "one"), ("c", "one"), ("c", "two")))
    assert not done.changed
    assert done.text.encode() == before


def test_added_entries_have_the_line_ends_of_the_file(path, raising):
    path.write_bytes(COMMENTED.replace("\n", "\r\n").encode())
    brought_up_to_date(path, raising(("a", "one"), ("b", "one"), ("c", "one"), ("c", "two"), ("d", "two")))
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > COMMENTED.count("\n")


def test_a_file_of_which_every_entry_is_replaced_keeps_its_line_ends(path, raising):
    entry = '[[expect]]\r\ncase = "a"\r\nverdict = "rejects"\r\nreason = "known"\r\n'
    path.write_bytes(entry.encode())
    done, _ = brought_up_to_date(path, raising(("b", "one")))
    assert (len(done.removed), len(done.added)) == (1, 1)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 5


@pytest.mark.parametrize("heading", ["[[ expect ]]", "  [[expect]]", '[["expect"]]  # ours'])
def test_headings_are_read_however_they_are_written(path, raising, heading):
    entry = heading + '\ncase = {}\nenvironment = "one"\nverdict = "rejects"\nreason = "known"\n'
    path.write_text(entry.format('["a", "b"]') + "\n" + entry.format('"c"'))
    done, _ = brought_up_to_date(path, raising(("a", "one")))
    assert (len(done.removed), len(done.narrowed), done.added) == (1, 1, [])
    assert path.read_text() == entry.format('["a"]') + "\n"


@pytest.mark.parametrize("entries", ['[{ case = "a", verdict = "rejects", reason = "known" }]',
                                     '[\n  { case = "a", verdict = "rejects", reason = "known" },\n]'])  # fmt: skip
def test_entries_in_brackets_are_refused(path, raising, entries):
    path.write_text(f"expect = {entries}\n")
    with pytest.raises(InputError, match=r"e\.toml:1:.*: written in brackets; write \[\[expect]] above each"):
        update(path, raising(("a", "one")))


def test_unicode_line_separators_do_not_end_a_line(path, raising):
    kept = '# a\u2028b\x85c\n[[expect]]\ncase = "a"\nenvironment = "one"\nverdict = "rejects"\nreason = "known"\n'
    path.write_text(kept + "\n[[expect]]\ncase = 'b'\nverdict = 'rejects'\nreason = 'known'\n", encoding="utf-8")
    brought_up_to_date(path, raising(("a", "one")))
    assert path.read_text(encoding="utf-8") == kept + "\n"


def test_new_entries_are_added_at_the_end(path, raising):
    path.write_text(COMMENTED)
    brought_up_to_date(path, raising(("a", "one"), ("b", "one"), ("c", "one"), ("c", "two"), ("d", "two")))
    assert path.read_text().startswith(COMMENTED + '\n[[expect]]\ncase = "d"\n')


def test_a_stale_name_leaves_its_list_and_nothing_else_changes(path, raising):
    path.write_text(COMMENTED)
    done, _ = brought_up_to_date(path, raising(("a", "one"), ("c", "one"), ("c", "two")))
    assert changed_lines(COMMENTED, path.read_text()) == ["-   'b',"]
    assert done.narrowed == [f"{path}:4: case without b"]


def test_a_stale_environment_leaves_its_list(path, raising):
    path.write_text(COMMENTED)
    brought_up_to_date(path, raising(("a", "one"), ("b", "one"), ("c", "two")))
    assert changed_lines(COMMENTED, path.read_text()) == [
        '- environment = ["one", "two"]',
        '+ environment = ["two"]',
    ]


def test_a_stale_entry_is_removed_and_the_comments_around_it_stay(path, raising):
    path.write_text(COMMENTED)
    brought_up_to_date(path, raising(("c", "one"), ("c", "two")))
    first, last = COMMENTED.index("[[expect]]"), COMMENTED.index("\n# --- two")
    assert path.read_text() == COMMENTED[:first] + COMMENTED[last:]
    path.write_text(COMMENTED)
    brought_up_to_date(path, raising(("a", "one"), ("b", "one")))
    first, last = COMMENTED.index('[[expect]]\nreason = "two"'), COMMENTED.index("\n# the end")
    assert path.read_text() == COMMENTED[:first] + COMMENTED[last:]


def test_a_split_entry_keeps_its_reason_for_the_pairs_that_still_diverge(path, raising):
    path.write_text(COMMENTED + "[[expect]]\ncase = ['d', 'e']\nenvironment = ['one', 'two']\n"
                    "verdict = 'rejects'\nreason = 'ours'\nlink = 'l'\n")  # fmt: skip
    pairs = [("a", "one"), ("b", "one"), ("c", "one"), ("c", "two"), ("d", "one"), ("e", "one"), ("e", "two")]
    _, report = brought_up_to_date(path, raising(*pairs))
    assert {report.waived[pair] for pair in pairs[4:]} == {"ours (l)"}


def test_an_entry_with_another_verdict_is_replaced(path, raising):
    path.write_text("[[expect]]\ncase = 'a'\nverdict = 'shape'\nreason = 'old'\nenvironment = 'one'\n")
    brought_up_to_date(path, raising(("a", "one")))
    assert 'verdict = "rejects"' in path.read_text()
    assert "shape'" not in path.read_text()


def test_an_entry_about_an_environment_that_did_not_run_stays(path, raising):
    entry = "[[expect]]\ncase = 'zzz'\nverdict = 'shape'\nreason = 'x'\nenvironment = 'elsewhere'\n"
    path.write_text(entry)
    brought_up_to_date(path, raising())
    assert path.read_text() == entry


def test_entries_without_a_match_stay_in_a_part_of_a_run(path, raising):
    entry = "[[expect]]\ncase = 'zzz'\nverdict = 'shape'\nreason = 'x'\n"
    path.write_text(entry)
    brought_up_to_date(path, raising(), partial=True)
    assert path.read_text() == entry
    brought_up_to_date(path, raising())
    assert path.read_text() == ""


def test_many_cases_are_written_as_the_parameters_that_select_them(path, observed_run):
    wide = [make_case(input=[8, 8], kernel=k, padding="same", stride=2) for k in (1, 2, 3, 4, 5)]
    others = [make_case(input=[8, 8], kernel=k, padding="same") for k in (1, 2)]
    others += [make_case(input=[8, 8], kernel=k, stride=2) for k in (1, 2)]
    run = observed_run(*wide, *others)
    for case in wide:
        run.saw(case, outcome="raised", error="ValueError: padding='same' is not supported")
    for case in others:
        run.agreed(case)
    brought_up_to_date(path, run.report())
    assert path.read_text().startswith(
        '[[expect]]\npadding = "same"\nstride = 2\nadapter = "torch"\nverdict = "rejects"\n'
    )


def test_many_cases_that_no_parameters_distinguish_are_listed(path, raising):
    brought_up_to_date(path, raising(*((id, "one") for id in "abcd")))
    assert 'case = [\n    "a",\n    "b",\n    "c",\n    "d",\n]\n' in path.read_text()


def test_ports_have_entries_of_their_own(path, observed_run):
    run = observed_run(CASES[0])
    run.saw(CASES[0], outcome="raised", error="ValueError: no")
    run.saw(CASES[0], spelling="port", outcome="raised", error="ValueError: no")
    brought_up_to_date(path, run.report())
    assert path.read_text().count("[[expect]]") == 2
    assert 'spelling = "port"' in path.read_text()


def test_ids_that_look_like_patterns_are_names(path, raising):
    cases = [make_case(id="x[1]*", input=[8, 8], kernel=3), make_case(id="x1y", input=[9, 9], kernel=3)]
    _, report = brought_up_to_date(path, raising(("x[1]*", "one"), cases=cases))
    assert list(report.waived) == [("x[1]*", "one")]
