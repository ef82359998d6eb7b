"""Results files: written, read back, merged; and what is said of those that cannot be used."""

import base64
import gzip
import json
import os
import re
import threading
import zlib

import numpy as np
import pytest
from convparity.cases.catalog.validate import make_case
from convparity.cases.errors import InputError
from convparity.report.findings.report import Report
from convparity.report.results import file as results
from convparity.report.results.file import header, reopen
from convparity.report.results.merging import read_results
from convparity.report.verdicts.run import Run, references_of

LAYER = make_case(id="layer-3", input=[8, 8], kernel=3, padding=1, stride=2)
LATER = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
END = {"kind": "end"}


@pytest.fixture
def lines(observed_run):
    """The lines of a whole file: two environments, one of which shifts."""
    run = observed_run(LAYER, environments=("torch", "keras"))
    run.agreed(LAYER, "torch", seconds=0.25)
    run.saw(LAYER, "keras", shape=[1, 1, 4, 4], digest="x", declared=[1, 1, 4, 4], words="'same'")
    run.probed(LAYER, LATER, LATER, environment="keras")
    run.saw(LAYER, "keras", "port", outcome="raised", error="ValueError: no")
    run.add(kind="fault", environment="mxnet", message="cannot serve")
    return [*run.lines, END]


@pytest.fixture
def write(tmp_path):
    """Writes lines, or text or bytes as they are, to a file of a name."""

    def to(content, name="run.jsonl"):
        path = tmp_path / name
        if isinstance(content, list):
            content = "".join(json.dumps(line) + "\n" for line in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to


def test_the_lines_of_known_cases_stand_for_these_cases_and_no_other_line_does(lines, tmp_path):
    position = 3
    known = results.known_cases([LAYER], [position])
    (line,) = known
    assert json.loads(line) == {"kind": "case", "case": json.loads(json.dumps(LAYER.to_json())), "position": position}
    others = [json.dumps(other).encode() + b"\n" for other in lines if other["kind"] != "case"]
    head, *rest = others
    read = results.read_content(b"".join([head, line, *rest]), tmp_path, known)
    assert read.cases[LAYER.id] is LAYER
    assert read.positions == {LAYER.id: position}
    other = line.replace(b'"kernel":[3,3]', b'"kernel":[0,3]')
    with pytest.raises(InputError, match="not a case: kernel"):
        results.read_content(b"".join([head, other, *rest]), tmp_path, known)


def problems(*paths):
    with pytest.raises(InputError) as error:
        read_results(paths)
    return error.value.problems


def test_results_are_read_as_they_were_written(write, lines):
    results = read_results([write(lines)])
    assert (list(results.cases.values()), sorted(results.environments)) == ([LAYER], ["keras", "torch"])
    assert (results.faults, results.notes, results.ended) == ([("mxnet", "cannot serve")], [], True)
    assert results.environments["torch"].version == "2.9.0"

    torch = results.observation("torch", LAYER)
    assert (torch.outcome, torch.shape, torch.declared, torch.seconds) == ("ran", (1, 1, 4, 4), (1, 1, 4, 4), 0.25)
    assert torch.sampling is None
    keras = results.observation("keras", LAYER)
    assert (keras.words, keras.digest, keras.shape) == ("'same'", "x", (1, 1, 4, 4))  # not those of the probe's sibling
    assert [axis.tolist() for axis in keras.sampling.maps] == [LATER, LATER]
    assert (keras.sampling.separable, keras.sampling.exact) == (True, True)
    port = results.observation("keras", LAYER, "port")
    assert (port.outcome, port.error, port.shape, port.values) == ("raised", "ValueError: no", None, None)
    assert results.observation("keras", LAYER, input=(9, 9)) is None


def test_values_come_back_as_they_were(observed_run, write):
    values = np.array([[[[1.5, -2], [3, np.inf]]]], np.float32)
    run = observed_run(LAYER)
    run.saw(LAYER, shape=[1, 1, 2, 2], digest="x", values=values)
    found = read_results([write(run.lines)]).observation("torch", LAYER).values
    assert np.array_equal(found, values)


def test_order_of_lines_makes_no_difference(write, lines):
    head, *rest = lines
    turned = read_results([write([head, *rest[::-1]])])
    straight = read_results([write(lines)])
    assert (turned.cases, turned.environments) == (straight.cases, straight.environments)
    for key, observation in straight.observations.items():
        other = turned.observations[key]
        assert (other.outcome, other.shape, other.digest) == (
            observation.outcome,
            observation.shape,
            observation.digest,
        )
        assert (other.sampling is None) == (observation.sampling is None)


def test_the_header_is_a_line_of_this_format(write):
    assert read_results([write([header("0.1.0"), END])]).notes == []


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_last_line_that_was_cut_off_is_noted_and_the_rest_kept(write, lines, cut):
    whole = "".join(json.dumps(line) + "\n" for line in lines[:-2])  # up to the observation of the port
    path = write(whole[: -1 - cut])
    results = read_results([path])
    assert results.notes == [
        f"{path}:{len(lines) - 2}: the last line was cut off; left out",
        f"{path}: its run was stopped before the end; its observations up to then are included",
    ]
    assert results.observation("keras", LAYER).sampling is not None
    assert results.observation("keras", LAYER, "port") is None


def test_a_run_that_was_stopped_is_noted(write, lines):
    path = write(lines[:-1])
    assert read_results([path]).notes == [
        f"{path}: its run was stopped before the end; its observations up to then are included"
    ]


def test_the_last_newline_may_be_missing(write, lines):
    assert read_results([write("\n".join(map(json.dumps, lines)))]).notes == []


HEADER = json.dumps(header("0.1.0")) + "\n"
CASE = {"kind": "case", "case": LAYER.to_json()}
SEEN = {"kind": "observation", "environment": "torch", "case": "layer-3", "input": [8, 8], "spelling": "as written"}
SEEN |= {"outcome": "ran", "shape": [1, 1, 4, 4]}


def after_header(line):
    return HEADER + (line if isinstance(line, str) else json.dumps(line)) + "\n" + json.dumps(END) + "\n"


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        pytest.param('{"format": 1, "verdicts": []}\n', 1, "not a results file of format 1", id="the --json file"),
        pytest.param('{"kind": "header", "format": 2}\n', 1, "not a results file of format 1", id="another format"),
        pytest.param('{"kind": "end"}\n', 1, "not a results file of format 1", id="no header"),
        pytest.param("[[case]]\n", 1, "not a results file", id="a catalog"),
        pytest.param("[1]\n", 1, "not a results file", id="a list"),
        pytest.param("7", 1, "not a results file", id="a number"),
        pytest.param("", 1, "not a results file", id="empty"),
        pytest.param("\0\1\2", 1, "not a results file", id="control characters"),
        pytest.param("\x1b[31m" * 1000, 1, "not a results file", id="escapes"),
        pytest.param("[" * 100_000, 1, "not a results file", id="nested deeper than Python goes"),
        pytest.param(after_header("{"), 2, "JSONDecodeError", id="not JSON"),
        pytest.param(after_header("[" * 100_000), 2, "RecursionError", id="a line nested too deep"),
        pytest.param(after_header("null"), 2, "TypeError", id="null"),
        pytest.param(after_header({"kind": "surprise"}), 2, "a line of an unknown kind, surprise", id="unknown kind"),
        pytest.param(after_header({"kind": "\x1b[31m" * 99}), 2, "a line of an unknown kind", id="a hostile kind"),
        pytest.param(
            after_header({"kind": "case", "case": {"input": [8]}}), 2, "not a case: kernel is missing", id="half a case"
        ),
        pytest.param(after_header(SEEN), 2, "KeyError: 'want'", id="half an observation"),
        pytest.param(after_header({**SEEN, "want": "values", "shape": ["x"]}), 2, "ValueError", id="a shape of words"),
        pytest.param(after_header({**SEEN, "want": "values", "shape": 5}), 2, "TypeError", id="a shape of one number"),
        pytest.param(
            after_header({**SEEN, "want": "values", "shape": [float("inf")]}), 2, "OverflowError", id="infinite shape"
        ),
        pytest.param(after_header({**SEEN, "want": "all"}), 2, "'all' is none of values", id="an unknown want"),
        pytest.param(after_header({**SEEN, "want": "values", "outcome": "fine"}), 2, "'fine' is none of", id="outcome"),
        pytest.param(after_header({**SEEN, "want": "values", "shape": [10**400]}), 2, "no array has", id="huge shape"),
        pytest.param(after_header({**SEEN, "want": "values", "shape": None}), 2, "without a shape", id="no shape"),
        pytest.param(after_header({**SEEN, "want": "values", "seconds": 1e999}), 2, "inf where a", id="infinite time"),
        pytest.param(
            after_header({**SEEN, "want": "values", "environment": 7}), 2, "TypeError", id="label of a number"
        ),
        pytest.param(after_header(json.loads(HEADER)), 2, "a second header", id="two files joined"),
        pytest.param(after_header({"kind": "fault", "environment": "x", "message": []}), 2, "TypeError", id="fault"),
        pytest.param(
            after_header({"kind": "environment", "label": "x", "adapter": "x", "packages": {}, "details": {"a": [[]]}}),
            2,
            "nested",
            id="nested details",
        ),
        pytest.param(
            after_header(
                {**SEEN, "want": "sampling", "sampling": {"maps": [[[9]]] * 2, "separable": True, "exact": True}}
            ),
            2,
            "reads outside an axis of 8",
            id="an index beyond the input",
        ),
        pytest.param(
            after_header(
                {**SEEN, "want": "sampling", "sampling": {"maps": [[[2**70]]], "separable": True, "exact": True}}
            ),
            2,
            "OverflowError",
            id="an index that no array has",
        ),
        pytest.param(
            after_header(
                {**SEEN, "want": "sampling", "sampling": {"maps": [[[0, 1], [2]]], "separable": True, "exact": True}}
            ),
            2,
            "ValueError",
            id="a ragged map",
        ),
    ],
)
def test_a_file_that_is_no_results_file_is_one_clear_problem(write, content, line, what):
    path = write(content)
    (problem,) = problems(path)
    assert problem.startswith(f"{path}:{line}:1: ")
    assert what in problem
    assert problem.isprintable()
    assert len(problem) < len(str(path)) + 300


def test_files_that_cannot_be_read_are_named(write, tmp_path):
    binary = write(b"\x89PNG\r\n\x1a\n\xff\xfe")
    assert problems(binary) == [f"{binary}: not a results file; it is not UTF-8 text"]
    missing = tmp_path / "missing.jsonl"
    assert problems(missing) == [f"{missing}: cannot be read: No such file or directory"]
    assert problems(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_all_unusable_files_are_named(write, tmp_path, lines):
    first, second = write("x", "a.jsonl"), tmp_path / "missing.jsonl"
    assert [problem.split(": ")[0] for problem in problems(first, write(lines), second)] == [
        f"{first}:1:1",
        str(second),
    ]


def observed_in(observed_run, label, version="2.9.0", case=LAYER):
    run = observed_run(case, environments=(label,), version=version)
    run.agreed(case, label)
    return [*run.lines, END]


def test_a_stopped_run_is_noted_beside_a_whole_one(observed_run, write):
    whole = write(observed_in(observed_run, "torch"), "whole.jsonl")
    stopped = write(observed_in(observed_run, "flax")[:-1], "stopped.jsonl")
    for files in ([whole, stopped], [stopped, whole]):
        assert [note.split(": ")[0] for note in read_results(files).notes] == [str(stopped)]


@pytest.mark.parametrize(
    "fields",
    [
        {"values": "AAAA"},  # base64 of no zlib stream
        {"values": "not base64"},
        {"values": base64.b64encode(zlib.compress(bytes(10**7))).decode()},  # unpacks to far more than was sent
        {"want": "sampling", "sampling": {"maps": [[[0]]], "separable": True, "exact": True}},  # one axis of two
        {"input": None},
    ],
)
def test_content_that_no_worker_sends_is_refused_with_its_line(tmp_path, fields):
    case = make_case(input=[3, 3], kernel=3)
    observation = {"kind": "observation", "environment": "torch", "case": case.id, "input": [3, 3]}
    observation |= {"spelling": "as written", "want": "values", "outcome": "ran", "shape": [1, 1, 1, 1], **fields}
    lines = [header("0"), {"kind": "case", "case": case.to_json()}, observation, {"kind": "end"}]
    path = tmp_path / "corrupt.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InputError, match=r"corrupt\.jsonl:3:1: "):
        read_results([path])


def test_cases_of_parts_come_in_the_order_of_the_whole(observed_run, write):
    cases = [make_case(id=f"k{k}", input=[8, 8], kernel=k) for k in (3, 1, 2)]
    parts = []
    for number, positions in enumerate([(1,), (0, 2)]):
        run = observed_run(environments=("torch",))
        for position in positions:
            run.add(kind="case", case=cases[position].to_json(), position=position)
            run.agreed(cases[position])
        parts.append(write([*run.lines, END], f"{number}.jsonl"))
    for files in (parts, parts[::-1]):
        report = Report(Run(read_results(files)))
        assert [case.id for case in report.cases] == ["k3", "k1", "k2"]
        assert [verdict.case.id for verdict in report.verdicts] == ["k3", "k1", "k2"]
        assert report.missing == 0


def part(observed_run, write, name, *positions):
    """A results file of the cases at these places of a whole."""
    run = observed_run()
    for position in positions:
        case = make_case(id=f"k{position}", input=[8, 8], kernel=position + 1)
        run.add(kind="case", case=case.to_json(), position=position)
        run.agreed(case)
    return write([*run.lines, END], name)


def test_a_missing_part_is_noted(observed_run, write, lines):
    """Three parts of seven cases, as --shard deals them out."""
    parts = [part(observed_run, write, f"{n}.jsonl", *range(n, 7, 3)) for n in range(3)]
    assert read_results(parts).notes == []
    for there, said in ((parts[:2], "2 of at least 7"), (parts[1:], "2 of at least 6"), (parts[:1], "4 of at least 7")):
        note = f"{said} cases are in none of the files; name those of every --shard"
        assert read_results(there).notes == [note]
    assert read_results([parts[1], write(lines)]).notes == []  # beside a file that is no part, nobody knows


@pytest.mark.parametrize("position", [-1, 2**40, 0.5, "1", None, True])
def test_a_place_that_no_case_has_is_refused(write, position):
    (problem,) = problems(write(after_header({**CASE, "position": position})))
    assert problem.endswith("run.jsonl:2:1: ValueError: not a position of a case")


def test_a_compressed_file_is_read_and_one_that_was_cut_off_as_far_as_it_goes(write, lines, tmp_path):
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    whole = write(gzip.compress(text), "whole.jsonl.gz")
    assert read_results([whole]).observations.keys() == read_results([write(lines)]).observations.keys()
    half = write(gzip.compress(text)[:-20], "half.jsonl.gz")
    assert "the compressed file was cut off" in " ".join(read_results([half]).notes)
    assert problems(write(gzip.compress(text)[:30] + b"\0" * 500, "bad.gz"))[0].startswith(
        f"{tmp_path}/bad.gz: cannot be read: "
    )


def compressed(lines):
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())


def test_compressed_files_unpack_to_a_bounded_size_all_together(write, lines):
    """Half a megabyte of gzip may hold 190 MB of lines, and took over 600 MB of memory."""
    padded = [*lines[:-1], *[{**lines[-2], "message": "x" * 1000}] * 1000, END]  # one megabyte
    files = [write(compressed(padded), f"{n}.gz") for n in range(3)]
    assert all(file.stat().st_size < 2**15 for file in files)
    assert len(read_results(files, unpacked=4).faults) == 2
    assert len(read_results(files[:1], unpacked=1.5).faults) == 2
    with pytest.raises(InputError) as error:
        read_results(files, unpacked=1.5)
    (first, *_) = error.value.problems
    assert re.fullmatch(
        rf"{files[1]}:\d+:1: the results unpack to more than is allowed; --unpacked MB allows more", first
    )
    large = write(compressed([*lines[:-1], *[{**lines[-2], "message": "x" * 10**6}] * 190, END]), "large.gz")
    assert large.stat().st_size < 570_000
    assert problems(large)[0].endswith("the results unpack to more than is allowed; --unpacked MB allows more")


def test_arrays_in_any_file_unpack_to_a_bounded_size(write, observed_run):
    """A line of 200 bytes may hold an array of 64 kB."""
    run = observed_run(LAYER, environments=("torch",))
    packed = base64.b64encode(zlib.compress(bytes(2**16))).decode()
    for n in range(100):
        sized = LAYER.on((8 + n, 8))
        run.saw(LAYER, "torch", input=list(sized.input), shape=[1, 1, 128, 128], digest="x", values=packed)
    path = write([*run.lines, END])
    assert path.stat().st_size < 2**16
    assert len(read_results([path], unpacked=7).observations) == 100
    with pytest.raises(InputError, match="the results unpack to more than is allowed"):
        read_results([path], unpacked=6)


@pytest.mark.parametrize("unpacked", [0, -1, float("nan"), float("inf")])
def test_a_malformed_bound_is_refused(write, lines, unpacked):
    with pytest.raises(InputError, match="expected a number of MB above 0"):
        read_results([write(lines)], unpacked=unpacked)


@pytest.mark.parametrize("digest", ["", "other"])
def test_a_reference_has_values_only_where_an_output_was_observed(write, observed_run, digest):
    """A file of a kilobyte with three dear layers that only raised made a report work for 100 s."""
    run = observed_run(LAYER, environments=("torch",))
    ran = {"shape": [1, 1, 4, 4], "digest": digest, "declared": None} if digest else {"error": "ValueError: no"}
    run.saw(LAYER, "torch", outcome="ran" if digest else "raised", **ran)
    references = references_of(read_results([write([*run.lines, END])]))
    assert references[LAYER].shape == (1, 1, 4, 4)
    assert (references[LAYER].digest is None) == (digest == "")


def test_dear_layers_that_only_raised_are_reported_at_once(write, observed_run):
    """The values of each take 2^35 multiplications, far more than this test is allowed."""
    dear = [make_case(id=f"dear-{n}", input=[4096, 4096 + n], kernel=[32, 32], batch=2) for n in range(3)]
    run = observed_run(*dear, environments=("torch",))
    for case in dear:
        run.saw(case, "torch", outcome="raised", error="ValueError: no")
    results = read_results([write([*run.lines, END])])
    report = Report(Run(results, references_of(results)))
    assert [verdict.verdict for verdict in report.verdicts] == ["rejects"] * 3
    assert all(report.references[case].digest is None for case in dear)


def test_a_compressed_file_is_not_resumed(write, lines):
    path = write(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    before = path.read_bytes()
    with pytest.raises(InputError, match="it is compressed"):
        reopen(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("ending", ["\n", ""])
def test_a_file_is_resumed_after_a_whole_last_line_with_or_without_its_newline(write, lines, ending):
    """The part of a file that is read is the part that stays in it."""
    text = "\n".join(map(json.dumps, lines[:-1]))
    path = write(text + ending)
    before = read_results([path])
    assert reopen(path).observations.keys() == before.observations.keys()
    assert path.read_text() == text + "\n"


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_truncated_last_line_is_removed_from_a_resumed_file(write, lines, cut):
    whole = "".join(json.dumps(line) + "\n" for line in lines[:-3])
    path = write(whole + json.dumps(lines[-3])[:-cut])
    reopen(path)
    assert path.read_text() == whole


@pytest.mark.parametrize("kind", ["case", "environment"])
def test_an_observation_of_an_unknown_case_or_environment_is_refused(write, lines, kind):
    path = write([line for line in lines if line["kind"] != kind])
    assert problems(path) == [
        f"{path}: not a results file; it observes layer-3 in torch, but one of the two has no line"
    ]


def test_a_file_that_unpacks_without_end_is_refused_early(write, monkeypatch):
    monkeypatch.setattr(results, "LARGEST_FILE", 10_000)
    bomb = write(gzip.compress(HEADER.encode() + b'{"kind": "end"}\n' * 10**6))
    (problem,) = problems(bomb)
    assert problem.endswith("over 10000 bytes, which no run writes")


def test_a_line_without_end_is_refused(write, monkeypatch):
    monkeypatch.setattr(results, "LONGEST_LINE", 1000)
    (problem,) = problems(write(HEADER + " " * 2000 + json.dumps(END) + "\n"))
    assert problem.endswith(":2:1: a line of over 1000 bytes, which no run writes")


def test_half_a_surrogate_pair_becomes_a_question_mark(write):
    fault = '{"kind": "fault", "environment": "\\ud83d", "message": "\\ud83d\\ude00"}\n'
    assert read_results([write(HEADER + fault)]).faults == [("?", "\U0001f600")]


def test_a_shape_that_a_framework_infers_of_a_hostile_layer_may_be_absurd(observed_run, write):
    run = observed_run(LAYER)
    run.saw(LAYER, outcome="raised", error="too large", declared=[1, 1, 2**64, 2**128])
    assert read_results([write(run.lines)]).observation("torch", LAYER).declared == (1, 1, 2**64, 2**128)


def test_a_long_port_is_read_whole(observed_run, write):
    run, source = observed_run(LAYER), f"take(x, [{', '.join(map(str, range(1000)))}])"
    run.saw(LAYER, spelling="port", outcome="raised", error="too long", source=source)
    assert read_results([write(run.lines)]).observation("torch", LAYER, "port").source == source


def test_equal_things_are_kept_once(write, lines):
    read = read_results([write(lines)])
    torch, keras = read.observation("torch", LAYER), read.observation("keras", LAYER)
    assert torch.shape is keras.shape
    assert torch.input is keras.input
    assert torch.source is keras.source


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_is_read_like_a_file(lines, write, tmp_path, packed):
    whole = write(lines).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = gzip.compress(whole) if packed else whole
    writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    writer.start()
    found = read_results([pipe])
    assert found.ended
    assert found.observations.keys() == read_results([write(lines)]).observations.keys()


@pytest.mark.parametrize("length", [0, 1, 10, 40, -2, -1])
def test_a_file_that_was_cut_off_in_its_header_is_written_from_its_beginning(tmp_path, length):
    """The disk was full before the first line was written; with the whole header, it is gone on with."""
    whole = json.dumps(header("0.1.0"), separators=(",", ":"))
    path = tmp_path / "r.jsonl"
    path.write_text(whole[:length] if length != -1 else whole)
    assert (reopen(path) is None) == (length != -1)


@pytest.mark.parametrize("text", ["x", "{", '{"kind": "header"', "hello\n", "{}", '{"kind":"header"}\n', "\n"])
def test_a_file_of_another_kind_is_not_taken_for_a_results_file(tmp_path, text):
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    if text == "{":  # nobody can tell what it was, and nothing is lost with it
        assert reopen(path) is None
        return
    with pytest.raises(InputError):
        reopen(path)
    assert path.read_text() == text
