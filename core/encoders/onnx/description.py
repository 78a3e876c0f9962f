"""What Lookalike must know of a network in an ONNX file; an operator writes it as `NAME.toml`.

The API, which has neither NumPy nor a neural network library, imports this module.
"""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from core.records import StrictRecord

Pooling = Literal["none", "mean", "gem", "first"]
ImageCrop = Literal["centre", "squash"]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=80)]


class TextDescription(StrictRecord):
    """How a text goes into a text tower; its output is as long as the vectors of images."""

    context: int = Field(ge=2, le=1024)
    """The number of tokens: longer texts are cut, shorter ones padded."""
    padding: _Name
    """The token to pad with, as it is called in the tokenizer."""
    padding_side: Literal["left", "right"] = "right"
    cleaning: Literal["none", "lower", "canonical"] = "none"
    """What happens to a text before: `canonical` also removes punctuation, as SigLIP does."""
    inputs: tuple[_Name, ...] = Field(default=("input_ids",), min_length=1, max_length=2)
    """The input for the tokens, and, if there is one, that for the mask of attention."""
    output: str = ""
    """The name of an output; not needed if only one output has the right length."""


class OnnxDescription(StrictRecord):
    """How images go into a network, and how a vector is made of its output."""

    side: int = Field(ge=16, le=1024)
    """The width and height of the input images, in pixels."""
    dim: int = Field(ge=2, le=8192)
    """The length of the vectors."""
    mean: tuple[_Finite, _Finite, _Finite]
    """Subtracted from the values of each channel, in the order of `colours`."""
    std: tuple[_Positive, _Positive, _Positive]
    """What the values are then divided by."""
    max_value: _Positive = 1
    """White, before `mean` and `std` are applied: 1, or 255."""
    colours: Literal["RGB", "BGR"] = "RGB"
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    """Whether the channels come before or after the rows and columns."""
    crop: ImageCrop = "centre"
    """Whether the network sees the largest centred square, or the whole image, squashed."""
    output: str = ""
    """The name of an output; not needed if only one output has the right length."""
    pooling: Pooling = "none"
    """How a feature map, or a row of tokens, becomes one vector; `none` if it is one already."""
    licence: str = Field(default="not stated", max_length=80)
    text: TextDescription | None = None
    """The text tower, if there is one."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything that changes the vectors of images.

        Comments, the licence and the text tower do not.
        """
        values = self.model_dump(mode="json", exclude={"licence", "text"}, exclude_defaults=True)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
