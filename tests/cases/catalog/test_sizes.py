"""How sizes are read as people write them."""

import pytest
from convparity.cases.catalog.sizes import input_sizes, model_input_sizes
from convparity.cases.errors import InputError


@pytest.mark.parametrize("text", ["1x3x64x48", "1,3,64,48", "(1, 3, 64, 48)", "[1,3,64,48,]"])
def test_sizes_are_read_as_people_write_them(text: str) -> None:
    assert input_sizes(text) == model_input_sizes(text) == (1, 3, 64, 48)


@pytest.mark.parametrize(
    ("text", "first"), [("224x224x3", "3x224x224"), ("2,28,28,1", "2x1x28x28"), ("(32, 32, 4)", "4x32x32")]
)
def test_an_image_with_its_channels_last_is_an_error_that_gives_them_first(text: str, first: str) -> None:
    with pytest.raises(InputError, match=rf"channels last; write them first: {first}$"):
        model_input_sizes(text)


@pytest.mark.parametrize("text", ["3x224x224", "3", "64x3", "8x8x3", "16x32x3", "16x16x5", "1x64x7x7"])
def test_any_other_sizes_are_taken_as_they_are(text: str) -> None:
    assert model_input_sizes(text) == tuple(map(int, text.split("x")))
