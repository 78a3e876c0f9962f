"""What is found wrong with images, on pictures drawn here; photos: `benchmarks.picture_health`."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.domain import ImageProblem
from core.encoders.images.health import find_problems

SIDE = 224


def dress(ground: str = "white") -> Image.Image:
    """Draw a striped dress in front of a plain ground."""
    image = Image.new("RGB", (SIDE, SIDE), ground)
    draw = ImageDraw.Draw(image)
    draw.polygon([(80, 30), (144, 30), (180, 200), (44, 200)], "#b03040")
    for y in range(50, 200, 30):
        draw.line([(70, y), (154, y)], "#f0c0a0", 4)
    return image


def problems(image: Image.Image, side: int = 800) -> set[ImageProblem]:
    pixels: NDArray[np.uint8] = np.asarray(image)
    return set(find_problems(pixels, width=side, height=side + 200))


def add_frame(image: Image.Image, colour: str, width: int = 8) -> Image.Image:
    framed = Image.new("RGB", image.size, colour)
    inside = image.resize((SIDE - 2 * width, SIDE - 3 * width))
    framed.paste(inside, (width, 2 * width))  # wider at the top
    return framed


@pytest.mark.parametrize("ground", ["white", "#dddddd", "#8899aa", "black"])
def test_nothing_is_wrong_with_a_product_in_front_of_a_plain_ground(ground: str) -> None:
    assert problems(dress(ground)) == set()


def test_nothing_is_wrong_with_a_small_product_or_one_that_fills_the_image() -> None:
    ring = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(ring).ellipse((100, 100, 124, 124), outline="#997722", width=4)
    assert problems(ring) == set()
    checked = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((28, 28), int))
    assert (
        problems(Image.fromarray(np.array([[90, 40, 40], [200, 190, 180]], np.uint8)[checked]))
        == set()
    )


def test_a_rectangular_product_in_front_of_white_is_not_framed() -> None:
    assert problems(add_frame(dress("#445566"), "white")) == set()


@pytest.mark.parametrize("colour", ["black", "red", "#8899aa"])
def test_an_uneven_frame_is_found(colour: str) -> None:
    assert problems(add_frame(dress("#dddddd"), colour)) == {ImageProblem.FRAMED}


def test_bars_on_two_opposite_sides_are_a_frame() -> None:
    image = Image.new("RGB", (SIDE, SIDE), "black")
    image.paste(dress("#dddddd").resize((SIDE, 160)), (0, 32))
    assert problems(image) == {ImageProblem.FRAMED}


@pytest.mark.parametrize("radius", [3, 6, 11, 22])
def test_a_blurred_image_is_found_whatever_its_contrast(radius: int) -> None:
    blurred = dress().filter(ImageFilter.GaussianBlur(radius))
    assert problems(blurred) == {ImageProblem.BLURRED}
    assert problems(Image.blend(blurred, Image.new("RGB", blurred.size, "white"), 0.5)) == {
        ImageProblem.BLURRED
    }


def test_an_image_without_edges_is_not_called_blurred() -> None:
    gradient = np.linspace(200, 215, SIDE).astype(np.uint8)
    assert problems(Image.fromarray(np.stack([np.tile(gradient, (SIDE, 1))] * 3, axis=-1))) == set()


def test_an_image_is_dark_only_if_nothing_in_it_is_bright() -> None:
    dark = dress().point(lambda value: value // 5)
    assert problems(dark) == {ImageProblem.DARK}
    ImageDraw.Draw(dark).rectangle((0, 0, 60, 60), "white")
    assert ImageProblem.DARK not in problems(dark)


@pytest.mark.parametrize("colour", ["white", "black", "#cc2233"])
def test_an_image_of_one_colour_is_a_placeholder(colour: str) -> None:
    plain = Image.new("RGB", (SIDE, SIDE), colour)
    assert problems(plain) == {ImageProblem.PLACEHOLDER}
    plain.putpixel((3, 3), (128, 128, 128))
    assert problems(plain) == {ImageProblem.PLACEHOLDER}


@pytest.mark.parametrize("text", ["No image available", "Image\ncoming soon", "NO PHOTO"])
@pytest.mark.parametrize(("ground", "ink"), [("white", "black"), ("#eeeeee", "#777777")])
def test_an_image_of_text_is_found(text: str, ground: str, ink: str) -> None:
    image = Image.new("RGB", (SIDE, SIDE), ground)
    font = ImageFont.load_default(18)
    ImageDraw.Draw(image).text((112, 112), text, ink, font, "mm", align="center")
    assert problems(image) == {ImageProblem.TEXT_ONLY}


def draw_camera(image: Image.Image, ink: str, ground: str) -> None:
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((72, 84, 152, 140), 8, ink)
    draw.rectangle((96, 72, 128, 90), ink)
    draw.ellipse((92, 92, 132, 132), ground)
    draw.ellipse((100, 100, 124, 124), ink)


def draw_landscape(image: Image.Image, ink: str, ground: str) -> None:
    draw = ImageDraw.Draw(image)
    draw.rectangle((62, 72, 162, 152), outline=ink, width=6)
    draw.polygon([(72, 142), (100, 100), (124, 142)], ink)
    draw.ellipse((128, 84, 146, 102), ink)


@pytest.mark.parametrize("draw", [draw_camera, draw_landscape])
@pytest.mark.parametrize(
    ("ground", "ink"), [("white", "#bbbbbb"), ("#eeeeee", "#999999"), ("#888888", "white")]
)
@pytest.mark.parametrize("text", ["", "No image"])
def test_an_icon_on_a_plain_ground_is_a_placeholder(draw, ground, ink, text) -> None:
    image = Image.new("RGB", (SIDE, SIDE), ground)
    draw(image, ink, ground)
    font = ImageFont.load_default(18)
    ImageDraw.Draw(image).text((112, 172), text, ink, font, "mm")
    assert problems(image) == {ImageProblem.PLACEHOLDER}


def test_a_grey_product_is_no_icon() -> None:
    shaded = np.full((SIDE, SIDE, 3), 255, np.uint8)
    shaded[60:160, 60:160] = np.linspace(100, 160, 100).astype(np.uint8)[:, np.newaxis, np.newaxis]
    assert problems(Image.fromarray(shaded)) == set()


def test_a_tiny_image_is_not_called_blurred_as_well() -> None:
    image = dress().resize((50, 50)).resize((SIDE, SIDE), Image.BICUBIC)
    assert problems(image, side=50) == {ImageProblem.TINY}
    assert problems(dress(), side=200) == set()
    assert problems(dress(), side=199) == {ImageProblem.TINY}
