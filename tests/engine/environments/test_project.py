"""The settings of a project in its pyproject.toml, and the errors about mistakes in them."""

import os

import pytest
from convparity.cases.errors import InputError
from convparity.environments.project import project_expectations, project_setting


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.convparity]\nx = \n", "../pyproject.toml:2:5: not TOML: "),
        (
            '[project]\nname = "x"\n[tool.convparity.environment]\ntorch = "x"\n',
            "../pyproject.toml:4:1: tool.convparity: environment: unknown key; "
            "expected environments, catalogs, expectations, fail-on, agree; did you mean 'environments'?",
        ),
        (
            '[tool.convparity]\nexpectation = "e.toml"\n',
            "../pyproject.toml:2:1: tool.convparity: expectation: unknown key; "
            "expected environments, catalogs, expectations, fail-on, agree; did you mean 'expectations'?",
        ),
        ("[tool]\nconvparity = 3\n", "../pyproject.toml:2:1: tool.convparity is not a table"),
    ],
)
def test_a_mistake_in_a_pyproject_is_reported_with_its_place(tmp_path, monkeypatch, text, problem):
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for name in ("environments", "expectations"):
        with pytest.raises(InputError) as caught:
            project_setting(name)
        (told,) = caught.value.problems
        assert told.startswith(problem)


def test_a_pyproject_without_convparity_settings_is_ignored(tmp_path, monkeypatch):
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
def test_expectations_that_are_no_files_are_reported_with_their_places(tmp_path, monkeypatch, text, places):
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        project_expectations()
    what = "is not the path of a file; expected a path or a list of paths"
    assert caught.value.problems == [
        f"../pyproject.toml:{place}: tool.convparity: expectations: {value} {what}" for place, value in places
    ]


@pytest.fixture
def nested(tmp_path, monkeypatch):
    """A folder three levels below a pyproject.toml, which is the current one."""
    (tmp_path / "pyproject.toml").write_text("[tool.convparity]\nexpectations = 'e.toml'\n")
    (tmp_path / "a/b/c").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b/c")
    return tmp_path


def test_a_pyproject_above_is_not_read_where_nothing_says_that_it_is_of_the_same_project(nested):
    assert project_setting("expectations") is None
    (nested / "a/b/c/pyproject.toml").write_text("[tool.convparity]\nexpectations = 'own.toml'\n")
    assert project_setting("expectations") == ("own.toml", nested / "a/b/c/pyproject.toml")


@pytest.mark.parametrize("mark", [".git", ".hg"])
def test_a_pyproject_is_read_up_to_the_root_of_the_repository(nested, mark):
    (nested / "a" / mark).touch()  # a worktree of git has a file there
    assert project_setting("expectations") is None
    (nested / "a" / mark).rename(nested / mark)
    assert project_setting("expectations") == ("e.toml", nested / "pyproject.toml")


def test_a_pyproject_is_read_up_to_the_home_folder(nested, monkeypatch):
    monkeypatch.setenv("HOME", str(nested / "a"))
    assert project_setting("expectations") is None
    monkeypatch.setenv("HOME", str(nested))
    assert project_setting("expectations") == ("e.toml", nested / "pyproject.toml")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize(("owned", "whose"), [("pyproject.toml", "it"), (".", "its folder")])
def test_a_pyproject_of_another_user_is_refused(nested, owned, whose):
    (nested / ".git").mkdir()
    os.chown(nested / owned, 12345, 12345)
    with pytest.raises(InputError) as caught:
        project_setting("expectations")
    (told,) = caught.value.problems
    assert told.startswith(f"../../../pyproject.toml: not read, because {whose} belongs to another user (uid 12345)")
    assert project_setting("environments") is None  # it says nothing of these


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_link_that_another_user_made_to_a_pyproject_is_refused(nested):
    (nested / "mine.toml").write_bytes((nested / "pyproject.toml").read_bytes())
    (nested / "a/b/c/pyproject.toml").symlink_to(nested / "mine.toml")
    os.lchown(nested / "a/b/c/pyproject.toml", 12345, 12345)
    with pytest.raises(InputError, match=r"^pyproject.toml: not read, because it belongs to another user"):
        project_setting("expectations")
