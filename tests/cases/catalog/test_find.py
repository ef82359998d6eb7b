"""One case by its id."""

import pytest
from convparity.cases.catalog.catalog import load_catalog
from convparity.cases.catalog.find import find_case
from convparity.cases.errors import InputError


def test_an_id_of_any_catalog_that_ships():
    assert find_case("stem-512") == load_catalog("textbook")["stem-512"]


def test_an_id_of_one_catalog(tmp_path):
    assert find_case("textbook:stem-512") == load_catalog("textbook")["stem-512"]
    mine = tmp_path / "mine.toml"
    mine.write_text('[[case]]\nid = "a"\ninput = [8]\nkernel = 3\n')
    assert find_case(f"{mine}:a").kernel == (3,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stem-51", "'stem-51' is not an id in the catalogs that ship; did you mean 'stem-51"),
        ("textbook:nothing", "'nothing' is not an id in textbook"),
        ("nowhere:a", "nowhere"),
    ],
)
def test_an_unknown_one_is_one_error(text, words):
    with pytest.raises(InputError, match=words):
        find_case(text)
