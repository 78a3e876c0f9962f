"""The colour part of vectors, compared with tables and with plain images."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.encoders.recipes.colour import (
    code_colours,
    colour_of_lab,
    colour_parts,
    product_colours,
    to_lab,
)

RED, DARK_RED, BLUE = (200, 30, 40), (150, 20, 30), (40, 60, 200)
WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)


def product(colour: tuple[int, int, int], background: tuple[int, int, int] = WHITE) -> NDArray:
    """An image with a square of one colour in its middle, half as wide as the image."""
    image = np.full((224, 224, 3), background, dtype=np.uint8)
    image[56:168, 56:168] = colour
    return image


def part(*images: NDArray) -> NDArray[np.float32]:
    return colour_parts(np.stack(images))


# from the calculator at brucelindbloom.com (sRGB, D65, no adaptation)
@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((255, 255, 255), (100, 0, 0)),
        ((128, 128, 128), (53.59, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_lab_is_that_of_published_tables(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(to_lab(np.array([rgb], dtype=np.uint8)), [lab], atol=0.02)


def striped(first: tuple[int, int, int], second: tuple[int, int, int]) -> NDArray:
    stripes = np.indices((224, 224)).sum(axis=0) // 28 % 2
    return np.array([first, second], dtype=np.uint8)[stripes]


def test_a_background_of_several_colours_does_not_count() -> None:
    image = striped(BLUE, GREY)
    image[56:168, 56:168] = WHITE
    colours, amounts = product_colours(image)
    is_white = code_colours()[colours][:, 0] > 95
    assert amounts[is_white].sum() > 0.95 * amounts.sum()


def test_a_product_that_reaches_the_border_keeps_its_colour() -> None:
    image = striped(BLUE, GREY)
    image[:, 40:184] = RED
    assert part(image)[0] @ part(product(RED))[0] > 0.99


@pytest.mark.parametrize("pattern", [(WHITE, WHITE), (RED, BLUE)])
def test_an_image_without_another_border_is_a_product_as_a_whole(pattern) -> None:
    lab = to_lab(np.array(pattern, dtype=np.uint8))
    whole = colour_of_lab(lab, np.ones(2, dtype=np.float32))
    assert part(striped(*pattern))[0] @ whole > 0.99


def test_colour_parts_have_length_one_even_of_plain_images() -> None:
    parts = part(*(product(colour) for colour in (RED, WHITE, BLACK)))
    assert (parts.shape, parts.dtype) == ((3, 64), np.float32)
    np.testing.assert_allclose(np.linalg.norm(parts, axis=1), 1, atol=1e-6)


def test_the_background_does_not_count() -> None:
    on_white, on_black = part(product(RED), product(RED, BLACK))
    assert on_white @ on_black > 0.999


def test_similar_colours_are_nearer_than_other_colours() -> None:
    red, dark_red, blue, grey = part(*(product(colour) for colour in (RED, DARK_RED, BLUE, GREY)))
    assert red @ dark_red > 0.6
    assert max(red @ blue, red @ grey) < 0.3


def test_an_imagined_product_has_the_part_of_an_image_with_these_colours() -> None:
    image = product(RED)
    image[56:168, 56:84] = BLUE  # a quarter
    lab = to_lab(np.array([RED, BLUE], dtype=np.uint8))
    imagined = colour_of_lab(lab, np.array([3, 1], dtype=np.float32))
    assert imagined @ part(image)[0] > 0.99


@pytest.mark.parametrize("side", [32, 224, 299, 600])
def test_the_part_hardly_depends_on_the_size_of_the_image(side: int) -> None:
    large = product(RED)
    rows = np.arange(side) * len(large) // side
    assert part(large[rows][:, rows])[0] @ part(large)[0] > 0.999
