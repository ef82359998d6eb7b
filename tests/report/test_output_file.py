"""Output files: written whole or not at all, and nowhere but where they were asked for."""

import os
import threading
from pathlib import Path

import pytest
from convparity.report import output_file

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_replaced_and_keeps_its_permissions(folder):
    path = Path("r.html")
    path.write_bytes(b"before")
    path.chmod(0o640)
    output_file.write(path, b"after")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o640)
    assert os.listdir() == ["r.html"]


def test_a_new_file_has_the_usual_permissions(folder):
    before = os.umask(0o027)
    try:
        output_file.write(Path("new"), b"")
    finally:
        os.umask(before)
    assert Path("new").stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_file_as_it_was_and_nothing_beside_it(folder):
    Path("r.html").write_bytes(b"before")
    with pytest.raises(TypeError):
        output_file.write(Path("r.html"), "no bytes")
    assert (Path("r.html").read_bytes(), os.listdir()) == (b"before", ["r.html"])


def test_a_planted_temporary_name_is_not_written_through(folder):
    """The name used to be that of the file and of the process."""
    Path("victim").write_bytes(b"precious")
    for number in range(os.getpid(), os.getpid() + 2):
        Path(f".r.html.{number}.tmp").symlink_to("victim")
    output_file.write(Path("r.html"), b"after")
    assert (Path("victim").read_bytes(), Path("r.html").read_bytes()) == (b"precious", b"after")


def test_a_link_of_the_same_user_is_followed_and_stays(folder):
    Path("kept").mkdir()
    Path("one").symlink_to("two")
    Path("two").symlink_to("kept/r.json")
    output_file.write(Path("one"), b"after")
    assert (Path("one").is_symlink(), Path("kept/r.json").read_bytes()) == (True, b"after")


@as_root
@pytest.mark.parametrize("how", ["write", "appending"])
def test_a_link_that_another_user_made_is_refused(folder, how):
    Path("victim").write_bytes(b"precious")
    Path("r.json").symlink_to("victim")
    os.lchown("r.json", 12345, 12345)
    with pytest.raises(OSError, match="it is a symbolic link that another user made"):
        output_file.write(Path("r.json"), b"after") if how == "write" else output_file.appending(Path("r.json"))
    assert Path("victim").read_bytes() == b"precious"


def test_links_in_a_circle_are_an_error(folder):
    Path("one").symlink_to("two")
    Path("two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        output_file.write(Path("one"), b"")


def test_a_pipe_is_written_directly(folder):
    os.mkfifo("pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()))
    reader.start()
    output_file.write(Path("pipe"), b"through")
    reader.join()
    assert (read, Path("pipe").is_fifo()) == ([b"through"], True)
