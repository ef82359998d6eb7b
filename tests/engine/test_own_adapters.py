"""Adapters of one's own: the file of the documentation's page, mistakes in such files, and the conformance check."""

import re
import subprocess
import sys
from pathlib import Path

import convparity
import numpy
import pytest
from convparity.adapters.own.loading import Adapters, OwnAdapter
from convparity.adapters.registry import NAMES
from convparity.cases.errors import InputError
from convparity.runs.conformance import check

PAGE = Path(__file__).parents[2] / "docs" / "adapters.md"
CONV = """
import numpy as np
ops = ("conv",)
def run(case, x, weights):
    if case.rank != 1 or case.padding != ((0, 0),) or max(case.stride + case.dilation) > 1 or case.groups > 1:
        raise NotImplementedError("plain rows only")
    k = case.kernel[0]
    return np.stack([np.einsum("nck,ock->no", x[:, :, i:i + k], weights) for i in range(x.shape[2] - k + 1)], axis=2)
"""


def documented(tmp_path):
    """The example of the page, as a file."""
    example = re.search(r"^    import(?:.|\n)*?(?=\n\n    \$)", PAGE.read_text(encoding="utf-8"), re.M).group()
    lines = [line[4:] for line in example.splitlines()]
    (tmp_path / "my_pool.py").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "my_pool.py"


def test_the_example_of_the_page_is_a_max_pool(tmp_path):
    cases = [
        convparity.make_case(op="max_pool", input=[9, 8], kernel=[3, 2], stride=[2, 1], in_channels=2),
        convparity.make_case(op="max_pool", input=[9], kernel=3, padding=1),
        convparity.make_case(input=[9], kernel=3),
    ]
    here = {"my-pool": sys.executable}
    report = convparity.run(*cases, environments=here, adapters=[documented(tmp_path)], cache=False)
    verdicts = [report.verdict(case, "my-pool") for case in cases]
    assert [verdict.verdict for verdict in verdicts] == ["agrees", "inexpressible", "inexpressible"]
    assert verdicts[1].reason == "no padding, dilation or ceil mode"
    assert verdicts[2].reason == "my-pool supports max_pool in float32"
    assert not verdicts[0].misdeclares
    assert "run(Case(input=(9, 8), kernel=(3, 2), stride=(2, 1)," in verdicts[0].observation.source


def test_a_right_function_conforms_and_a_wrong_one_is_reported(tmp_path):
    file = tmp_path / "rows.py"
    file.write_text(CONV)
    checked = check(str(file), sys.executable)
    assert checked.wrong == 0
    assert re.match(r"rows: 3 of \d+ right, \d+ missing, 0 wrong", checked.lines[-1])  # kernels 1, 2 and 3 at stride 1
    file.write_text(CONV.replace("return np", "weights = weights[..., ::-1]\n    return np"))
    checked = check(str(file), sys.executable)
    assert checked.wrong == 2  # a kernel of one tap has no mirror image
    assert "applies the kernel mirrored" in checked.lines[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory; an adapter is a Python file"),
        ("def run(case x)", ":1:14: not Python: "),
        ("x = 1", "holds no adapter; write def run(case, x, weights), or a class and ADAPTER = it"),
        ("import no_such_framework\nADAPTER = None", "cannot be loaded: ModuleNotFoundError"),
        ("import sys\ndef run(case, x, weights): pass\nsys.exit()", "cannot be loaded: SystemExit"),
        ("ADAPTER = None\nexit(3)", "cannot be loaded: SystemExit: 3; an adapter's file must not exit the process"),
        (
            "class A: pass\nADAPTER = A",
            "ADAPTER is <class 'convparity.adapters.own.mine_adapter.A'>; it has",
        ),
        ("ADAPTER: int = 3", "ADAPTER is 3; it has to be a subclass of convparity.adapters.adapter.Adapter"),
        (
            "from convparity.adapters.adapter import Adapter\nADAPTER = Adapter",
            "which lacks name, title",
        ),
        (
            "ops = ('maxpool',)\ndef run(case, x, weights): pass",
            "ops holds 'maxpool'; expected conv, ",
        ),
        ("ops = 'avgpool'\ndef run(case, x, weights): pass", "; did you mean 'avg_pool'?"),
        (
            "dtypes = 3\ndef run(case, x, weights): pass",
            "dtypes holds 3; expected float32, ",
        ),
        ("ADAPTER: type", "holds no adapter"),
    ],
)
def test_mistakes_in_an_adapter_file_are_refused(tmp_path, text, told):
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=re.escape(str(file))) as caught:
        OwnAdapter.load(file)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        b"\xef\xbb\xbf",
        b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n",
        b"#!/usr/bin/env python\n# coding: cp1252\n# \x80\n",
    ],
)
def test_whatever_encoding_python_reads_is_read(tmp_path, head):
    file = tmp_path / "rows.py"
    file.write_bytes(head + CONV.encode())
    case = convparity.make_case(input=[9], kernel=3)
    report = convparity.run(case, environments={"rows": sys.executable}, adapters=[file], cache=False)
    assert report.results.faults == []
    assert report.verdict(case, "rows").verdict == "agrees"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"\xef\xbb\xbfdef run(case x)", ":1:14: not Python: "),
        (b"x = '\xe9'\ndef run(case, x, weights): pass", ":1:"),
        (b"# coding: klingon\ndef run(case, x, weights): pass", ":1:1: not Python: unknown encoding: klingon"),
    ],
)
def test_text_that_python_cannot_read_is_reported_with_its_place(tmp_path, text, told):
    file = tmp_path / "mine.py"
    file.write_bytes(text)
    with pytest.raises(InputError, match=re.escape(f"{file}{told}")):
        OwnAdapter.load(file)


@pytest.mark.parametrize("name", ["torch.py", "keras_torch.py", "Mine.py", "my adapter.py"])
def test_impossible_names_are_refused(tmp_path, name):
    (tmp_path / name).write_text(CONV)
    with pytest.raises(InputError, match="cannot be an adapter's name"):
        OwnAdapter.load(tmp_path / name)


def test_a_function_whose_framework_is_elsewhere_is_known_all_the_same(tmp_path):
    file = tmp_path / "elsewhere.py"
    file.write_text("import no_such_framework\n" + CONV)
    assert OwnAdapter.load(file).kind.name == "elsewhere"


def test_a_single_word_is_one_operation(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("ops = 'max_pool'\ndistributions = 'no-such'\ndef run(case, x, weights): pass\n")
    kind = OwnAdapter.load(file).kind
    assert (kind.ops, kind.distributions) == (("max_pool",), ("no-such",))


def test_an_adapter_without_distributions_shows_no_version(tmp_path):
    file = tmp_path / "rows.py"
    file.write_text(CONV)
    case = convparity.make_case(input=[9], kernel=3)
    report = convparity.run(case, environments={"rows": sys.executable}, adapters=[file], cache=False)
    environment = report.results.environments["rows"]
    assert environment.version == ""
    assert environment.details["facts"]["numpy"] == numpy.__version__


def test_a_broken_entry_point_fails_only_the_use_of_its_adapter(tmp_path, monkeypatch):
    """Of a package that is not there, of one that fails to be imported, and of one that is in order."""
    (tmp_path / "broken-1.dist-info").mkdir()
    (tmp_path / "broken-1.dist-info" / "entry_points.txt").write_text(
        "[convparity.adapters]\ngone = no_such.module\nfails = raising.module\nnone = empty_one\nrows = rows_module\n"
    )
    (tmp_path / "broken-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (tmp_path / "raising").mkdir()
    (tmp_path / "raising" / "__init__.py").write_text("1 // 0")
    (tmp_path / "empty_one.py").write_text("")
    (tmp_path / "rows_module.py").write_text(CONV)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(Adapters().names) - set(NAMES) == {"rows"}
    told = {
        "gone": "entry point convparity.adapters gone cannot be used: ModuleNotFoundError: No module named 'no_such'",
        "fails": "entry point convparity.adapters fails cannot be used: ZeroDivisionError: ",
        "none": f"entry point convparity.adapters none cannot be used: {tmp_path / 'empty_one.py'}: holds no adapter",
    }
    for name, why in told.items():
        with pytest.raises(InputError, match=re.escape(f"{why}")):
            convparity.run("textbook", environments={name: sys.executable})
        with pytest.raises(InputError, match=re.escape(why)):
            convparity.adapter(name)


def test_the_command_takes_a_file(tmp_path):
    file = tmp_path / "rows.py"
    file.write_text(CONV)
    (tmp_path / "c.toml").write_text("[[case]]\ninput = [9]\nkernel = 3\nin_channels = 2\nout_channels = 3\n")
    command = [sys.executable, "-m", "convparity", "run", "c.toml", "--adapter", str(file), "--no-cache"]
    done = subprocess.run(
        [*command, "--env", f"rows={sys.executable}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "The layer is as requested in rows." in done.stdout


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path):
    for python in (sys.executable, None):
        with pytest.raises(InputError, match="NAME: 'rows' is not an adapter; expected torch, tensorflow"):
            check("rows", python)


@pytest.mark.parametrize(
    ("returned", "verdicts", "told"),
    [
        ("None", ["rejects", "rejects"], "TypeError: run returned None; it has to return an array (N, out, *spatial)"),
        ("1.0", ["rejects", "rejects"], "TypeError: run returned 1.0; it has to return"),
        ("x[0]", ["rejects", "rejects"], "TypeError: run returned an array of shape (1, 9); it has to return"),
        ("exit()", ["rejects", "rejects"], "SystemExit"),
        ("x", ["shape", "shape"], "not measurable: the probe's layer should return (1, 3, ...) with 3 axes; it retu"),
        ("np.repeat(x, 2, axis=0)", ["shape", "shape"], "not measurable"),
    ],
)
def test_a_function_that_returns_nonsense_is_reported_case_by_case(tmp_path, returned, verdicts, told):
    file = tmp_path / "nonsense.py"
    file.write_text(f"import numpy as np\ndef run(case, x, weights):\n    return {returned}\n")
    cases = [convparity.make_case(input=[9], kernel=3), convparity.make_case(op="max_pool", input=[9], kernel=3)]
    here = {"nonsense": sys.executable}
    report = convparity.run(*cases, environments=here, adapters=[file], cache=False)
    assert report.results.faults == []
    found = [report.verdict(case, "nonsense") for case in cases]
    assert [verdict.verdict for verdict in found] == verdicts
    assert told in found[0].observation.error + found[0].observation.sampling_error


CLASS = """
from convparity.adapters.function_adapter import FunctionAdapter
from convparity.adapters.adapter import Spelling
class Mine(FunctionAdapter):
    name = title = "mine"
    distributions = ("numpy",)
    function = staticmethod(lambda case, x, weights: x)
    @staticmethod
    def as_written(case):
        {written}
    @staticmethod
    def port(case):
        {port}
    def forward(self, layer, x, weights, dtype):
        return {forward}
    def declare(self, layer, shape, weights, dtype):
        return (3,)
ADAPTER = Mine
"""
SPOKEN = {"written": "return Spelling('len')", "port": "return None", "forward": "x"}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"written": "return 1 // (case.input[0] - 9)"}, "ZeroDivisionError: integer division or modulo by zero"),
        ({"written": "return None"}, "TypeError: as_written returned None; it has to return a Spelling or"),
        ({"forward": "x[0]"}, "TypeError: the layer returned shape (1, 9); (N, out, *spatial) has 3 axes"),
    ],
)
def test_a_class_that_raises_or_returns_nonsense_affects_that_case_only(tmp_path, said, error):
    file = tmp_path / "mine.py"
    file.write_text(CLASS.format(**{**SPOKEN, **said}))
    case = convparity.make_case(input=[9], kernel=1)
    report = convparity.run(case, environments={"mine": sys.executable}, adapters=[file], cache=False)
    assert report.results.faults == []
    verdict = report.verdict(case, "mine")
    assert verdict.verdict == "rejects"
    assert error in verdict.observation.error


@pytest.mark.parametrize("port", ["return 1 // 0", "return 'nn.Conv1d()'"])
def test_a_port_that_cannot_be_written_leaves_the_line_as_written(tmp_path, port):
    file = tmp_path / "mine.py"
    file.write_text(CLASS.format(**{**SPOKEN, "port": port}))
    case = convparity.make_case(input=[9], kernel=3)
    report = convparity.run(case, environments={"mine": sys.executable}, adapters=[file], cache=False)
    assert report.results.faults == []
    assert report.verdict(case, "mine").verdict == "shape"
    assert "declare returned (3,); the shape has 3 axes" in report.verdict(case, "mine").observation.declare_error
    assert report.verdict(case, "mine", "port").verdict == "rejects"


def test_an_adapter_belongs_to_its_request_and_outlives_its_file(tmp_path):
    """Two runs of one process: of a file that is gone by the second, and of another under the same name."""
    case = convparity.make_case(input=[9], kernel=3)
    for text, verdict in ((CONV, "agrees"), (CONV.replace("axis=2)", "axis=2) + 1"), "values")):
        file = tmp_path / "rows.py"
        file.write_text(text)
        here = {"environments": {"rows": sys.executable}, "cache": False}
        assert convparity.run(case, adapters=[file], **here).verdict(case, "rows").verdict == verdict
        file.unlink()
        with pytest.raises(InputError, match="'rows' is not an adapter"):
            convparity.run(case, **here)
    assert "rows" not in Adapters().names
