"""The names of the colours of products."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.colours import COLOUR_NAMES, COLOURS
from core.encoders.images.colour_tags import colour_tags, nearest_colours

EXAMPLES = {
    "#000000": "black", "#808080": "grey", "#ffffff": "white", "#c81e1e": "red",
    "#ff8c00": "orange", "#ffdd00": "yellow", "#228b22": "green", "#6b8e23": "green",
    "#1e50c8": "blue", "#1f2a54": "blue", "#87ceeb": "blue", "#6a2c91": "purple",
    "#ff69b4": "pink", "#ffc0cb": "pink", "#7b4a21": "brown", "#d2b48c": "brown",
}  # fmt: skip
"""CSS colours and what people call them."""


def product(*colours: str, ground: str = "white") -> np.ndarray:
    """Draw a product of vertical stripes of equal width."""
    image = Image.new("RGB", (224, 224), ground)
    width = 120 // len(colours)
    for number, colour in enumerate(colours):
        left = 52 + number * width
        ImageDraw.Draw(image).rectangle((left, 40, left + width - 1, 184), colour)
    return np.asarray(image)


@pytest.mark.parametrize(("rgb", "name"), EXAMPLES.items())
def test_a_product_gets_the_name_of_its_colour(rgb: str, name: str) -> None:
    ground = "#dddddd" if name == "white" else "white"
    assert colour_tags(product(rgb, ground=ground)) == (name,)


def test_a_product_of_several_colours_gets_several_names_the_largest_first() -> None:
    assert set(colour_tags(product("#c81e1e", "#1e50c8"))) == {"red", "blue"}
    assert colour_tags(product("#c81e1e", "#c81e1e", "#1e50c8"))[0] == "red"
    assert len(colour_tags(product("#c81e1e", "#1e50c8", "#228b22", "#ffdd00"))) == 3


def test_the_background_has_no_name_unless_there_is_nothing_else() -> None:
    assert colour_tags(product("#c81e1e", ground="#228b22")) == ("red",)
    assert colour_tags(np.full((224, 224, 3), 255, np.uint8)) == ("white",)


def test_every_sample_has_its_own_name() -> None:
    for number, colour in enumerate(COLOURS):
        names = nearest_colours(np.array(colour.samples, dtype=np.float32))
        assert {COLOUR_NAMES[name] for name in names} == {COLOUR_NAMES[number]}
