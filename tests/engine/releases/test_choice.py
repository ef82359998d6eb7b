"""Which releases are chosen among those that there are."""

import pytest
from convparity.cases.errors import InputError
from convparity.releases.choice import Choice
from packaging.version import Version

KERAS = ["3.2.1", "3.3.0", "3.3.3", "3.9.0", "3.9.2", "3.10.0", "3.14.0", "3.14.1", "3.15.0", "3.15.1"]
POSTS = ["1.6.0", "1.7.0", "1.7.0.post1", "1.7.0.post2", "1.8.0", "1.9.1"]


def chosen(releases, supported="", last=None, oldest=None, newest=None, named=None, every=False):
    choice = Choice.parse(last, oldest, newest, named, every)
    return " ".join(map(str, choice.of(map(Version, releases), supported)))


@pytest.mark.parametrize(
    ("releases", "options", "expected"),
    [
        (KERAS, {}, "3.2.1 3.3.3 3.9.2 3.10.0 3.14.1 3.15.1"),
        (KERAS, {"last": 2}, "3.14.1 3.15.1"),
        (KERAS, {"supported": ">=3.3"}, "3.3.3 3.9.2 3.10.0 3.14.1 3.15.1"),
        (KERAS, {"oldest": "3.10"}, "3.10.0 3.14.1 3.15.1"),
        (KERAS, {"oldest": "3.9", "newest": "3.14"}, "3.9.2 3.10.0 3.14.1"),
        (KERAS, {"oldest": "3.14", "newest": "3.15.0"}, "3.14.1 3.15.0"),
        (KERAS, {"oldest": "3.3", "newest": "3.14", "last": 2}, "3.10.0 3.14.1"),
        (KERAS, {"oldest": "3.14", "every": True}, "3.14.0 3.14.1 3.15.0 3.15.1"),
        (KERAS, {"oldest": "3.14.1", "newest": "3.14"}, "3.14.1"),
        (KERAS, {"named": "3.15.0, 3.3.1,3.15.0"}, "3.3.1 3.15.0"),  # 3.3.1 is yanked, and listed nowhere
        (POSTS, {"newest": "1.7.0"}, "1.6.0 1.7.0.post2"),
        (["0.9.0", "0.9.0.1", "0.10.0rc1"], {"supported": ">=0.4"}, "0.9.0.1 0.10.0rc1"),
    ],
)
def test_the_newest_patch_release_of_each_minor_version_unless_every_one_is_asked_for(releases, options, expected):
    assert chosen(releases, **options) == expected


def test_a_bisection_is_over_every_release_from_one_to_another():
    found = Choice.between("3.9", "3.14.0").of(map(Version, KERAS))
    assert " ".join(map(str, found)) == "3.9.0 3.9.2 3.10.0 3.14.0"
    assert len(Choice.between(None, None).of(map(Version, KERAS), ">=3.3")) == 9


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"oldest": "new"}, "--from: 'new' is not a version, such as 3.15.1"),
        ({"named": "3.3.0,x"}, "--versions: 'x' is not a version"),
        ({"oldest": "3.15", "newest": "3.9"}, "--from: 3.15 is newer than --to 3.9; exchange the two"),
        ({"named": "3.3.0", "last": 3}, "--last: cannot be combined with --versions"),
        ({"named": "3.3.0", "every": True}, "--every: cannot be combined with --versions"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, problem):
    with pytest.raises(InputError, match=problem.replace("(", "\\(")):
        chosen(KERAS, **options)
