"""What a project says of convparity in its pyproject.toml, and what is said of mistakes in it."""

import pytest
from convparity.cases.errors import InputError
from convparity.environments.project import project_expectations, project_setting


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.convparity]\nx = \n", "../pyproject.toml:2:5: not TOML: "),
        (
            '[project]\nname = "x"\n[tool.convparity.environment]\ntorch = "x"\n',
            "../pyproject.toml:4:1: tool.convparity: environment: unknown key; expected environments, expectations; "
            "did you mean 'environments'?",
        ),
        (
            '[tool.convparity]\nexpectation = "e.toml"\n',
            "../pyproject.toml:2:1: tool.convparity: expectation: unknown key; expected environments, expectations; "
            "did you mean 'expectations'?",
        ),
        ("[tool]\nconvparity = 3\n", "../pyproject.toml:2:1: tool.convparity is not a table"),
    ],
)
def test_a_mistake_in_a_pyproject_is_told_with_its_place(tmp_path, monkeypatch, text, problem):
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for name in ("environments", "expectations"):
        with pytest.raises(InputError) as caught:
            project_setting(name)
        (told,) = caught.value.problems
        assert told.startswith(problem)


def test_a_pyproject_of_others_is_none_of_ours(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(f'tool = 3\n[project]\nenvironment = "{"." * 200}"\n')
    monkeypatch.chdir(tmp_path)
    assert project_setting("environments", tmp_path) is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('[tool.convparity]\nexpectations = ["e.toml", 3, ""]\n', [("2:27", "3"), ("2:30", '""')]),
        ("[tool.convparity]\nexpectations = 3\n", [("2:16", "3")]),
        ('[tool.convparity]\nexpectations = ""\n', [("2:16", '""')]),
    ],
)
def test_expectations_that_are_no_files_are_told_with_their_places(tmp_path, monkeypatch, text, places):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        project_expectations()
    what = "is not the path of a file; expected a path or a list of paths"
    assert caught.value.problems == [
        f"../pyproject.toml:{place}: tool.convparity: expectations: {value} {what}" for place, value in places
    ]
