"""`python -m benchmarks.picture_health FOLDER`: false alarms, recall and cost of `health`.

False alarms are what is found wrong with the images of a folder as they are. Recall is the share of
the same images, spoilt in known ways, and of drawn pictures of text and of one colour, that is
found. Colour tags are compared with the name of the mean Lab colour of the product's middle.
"""

import argparse
import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from benchmarks.support.product_mask import mean_colour
from core.colours import COLOUR_NAMES
from core.domain import ImageProblem
from core.encoders.images.colour_tags import colour_shares, colour_tags, nearest_colours
from core.encoders.images.health import find_problems
from core.encoders.images.preprocessing import EncoderInput, decode_image

SIDE = 224
FIRST = 10
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
_TEXTS = (
    "No image available", "NO IMAGE", "Image\ncoming soon", "Kein Bild\nverfügbar",
    "Photo not\navailable", "No photo", "Picture is being\nprepared for you", "Sin imagen",
)  # fmt: skip
_GROUNDS = (("white", "black"), ("#eeeeee", "#888888"), ("#dddddd", "#333333"), ("navy", "white"))

Spoil = Callable[[Image.Image], Image.Image]


def _blur(radius: float) -> Spoil:
    return lambda image: image.filter(ImageFilter.GaussianBlur(radius * min(image.size) / 400))


def _darken(factor: float) -> Spoil:
    return lambda image: image.point(lambda value: value * factor)


def _frame(share: float, colour: str) -> Spoil:
    def add(image: Image.Image) -> Image.Image:
        square = ImageOps.fit(image, (min(image.size),) * 2)
        width = round(share * square.width)
        return ImageOps.expand(square, (width, 2 * width, width, width), colour)

    return add


SPOILT: dict[str, tuple[ImageProblem, Spoil]] = {
    **{
        f"blurred, radius {r} of 400": (ImageProblem.BLURRED, _blur(r))
        for r in (2, 3, 4, 6, 10, 20, 40)
    },
    **{f"darkened to {f:.0%}": (ImageProblem.DARK, _darken(f)) for f in (0.1, 0.2, 0.25)},
    **{
        f"frame of {share:.0%}, {colour}": (ImageProblem.FRAMED, _frame(share, colour))
        for share, colour in ((0.03, "black"), (0.03, "red"), (0.1, "#8899aa"), (0.1, "white"))
    },
    "150 pixels wide": (ImageProblem.TINY, lambda image: ImageOps.contain(image, (150, 150))),
}


def main(folder: Path) -> None:
    """Print false alarms, recall, cost, and how far the colour tags are right."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)
    images = [_decode(path.read_bytes()) for path in paths]
    problems = [_problems(image) for image in images]
    print(f"{len(images)} images of {folder}, as they are\n\nfalse alarms")
    counts = Counter(problem for row in problems for problem in row)
    for problem in list(ImageProblem)[:-1]:
        names = [
            str(path.relative_to(folder))
            for path, row in zip(paths, problems, strict=True)
            if problem in row
        ]
        print(
            f"{problem:<28}{counts[problem]:>5}{counts[problem] / len(images):>9.2%}  {names[:4]}"
        )
    print(f"{'any':<28}{sum(map(bool, problems)):>5}{np.mean(list(map(bool, problems))):>9.2%}")
    print(f"\nrecall{'':<22}{'found':>9}")
    for name, (problem, spoil) in SPOILT.items():
        print(f"{name:<28}{_recall(problem, (_spoil(path, spoil) for path in paths[::5])):>9.2f}")
    print(f"{'text':<28}{_recall(ImageProblem.TEXT_ONLY, _text_pictures()):>9.2f}")
    print(f"{'icon':<28}{_recall(ImageProblem.PLACEHOLDER, _icon_pictures()):>9.2f}")
    print(f"{'one colour':<28}{_recall(ImageProblem.PLACEHOLDER, _plain_pictures()):>9.2f}")
    _print_cost([image.pixels for image in images])
    _print_colours([image.pixels for image in images])


def _decode(data: bytes) -> EncoderInput:
    return decode_image(data, side=SIDE, max_megapixels=100)


def _problems(image: EncoderInput) -> tuple[ImageProblem, ...]:
    return find_problems(image.pixels, width=image.width, height=image.height)


def _recall(problem: ImageProblem, files: Iterable[bytes]) -> float:
    return float(np.mean([problem in _problems(_decode(data)) for data in files]))


def _spoil(path: Path, spoil: Spoil) -> bytes:
    with Image.open(path) as image:
        return _to_jpeg(spoil(ImageOps.exif_transpose(image).convert("RGB")))


def _to_jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _text_pictures() -> Iterable[bytes]:
    for text in _TEXTS:
        for size in (24, 40, 60):
            for ground, ink in _GROUNDS:
                image = Image.new("RGB", (600, 600), ground)
                font = ImageFont.load_default(size)
                ImageDraw.Draw(image).text((300, 300), text, ink, font, "mm", align="center")
                yield _to_jpeg(image)


def _icon_pictures() -> Iterable[bytes]:
    """Draw cameras: a body with a lens, filled or in outline."""
    for side, length in ((500, 120), (600, 200), (1200, 300)):
        for ground, ink in (("white", "#cccccc"), ("#eeeeee", "#888888"), ("#999999", "white")):
            for width in (0, length // 20):
                image = Image.new("RGB", (side, side * 4 // 3), ground)
                draw, (x, y) = ImageDraw.Draw(image), (side // 2, side * 2 // 3)
                fill = None if width else ink
                body = (x - length // 2, y - length // 3, x + length // 2, y + length // 3)
                draw.rectangle(body, fill, ink, max(width, 1))
                lens = (x - length // 5, y - length // 5, x + length // 5, y + length // 5)
                draw.ellipse(lens, ground, ink, max(length // 20, 1))
                yield _to_jpeg(image)


def _plain_pictures() -> Iterable[bytes]:
    for colour in ("white", "black", "#cccccc", "red", "#112233"):
        yield _to_jpeg(Image.new("RGB", (500, 700), colour))


def _print_cost(pixels: Sequence[NDArray[np.uint8]]) -> None:
    print("\nCPU time per image")
    for name, call in (
        ("problems", lambda image: find_problems(image, width=SIDE, height=SIDE)),
        ("colour tags", colour_tags),
    ):
        call(pixels[0])
        start = time.process_time()
        for image in pixels:
            call(image)
        print(f"{name:<28}{(time.process_time() - start) / len(pixels) * 1000:>9.2f} ms")


def _print_colours(pixels: Sequence[NDArray[np.uint8]]) -> None:
    """Rank the images by their share of each colour; judge the first by their mean colour."""
    all_tags = [colour_tags(image) for image in pixels]
    shares = np.array([colour_shares(image) for image in pixels])
    means = nearest_colours(np.array([mean_colour(image) for image in pixels]))
    print(f"\ncolour tags: of the first {FIRST} by share, how many have a mean of this colour")
    rates = []
    for number, name in enumerate(COLOUR_NAMES):
        tagged = np.array([name in tags for tags in all_tags])
        first = [k for k in np.argsort(-shares[:, number]) if tagged[k]][:FIRST]
        if first:
            rates.append(float((means[first] == number).mean()))
            chance = (means == number).mean()
            print(f"{name:<28}{rates[-1]:>9.2f}  by chance {chance:.2f}, {tagged.sum()} tagged")
    print(f"{'mean':<28}{np.mean(rates):>9.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
