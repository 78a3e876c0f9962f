"""What Lookalike must know of a network in an ONNX file; an operator writes it as `NAME.toml`.

The API, which has neither NumPy nor a neural network library, imports this module.
"""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from core.records import StrictRecord

Pooling = Literal["none", "mean", "gem", "first"]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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
    output: str = ""
    """The name of an output; not needed if only one output has the right length."""
    pooling: Pooling = "none"
    """How a feature map, or a row of tokens, becomes one vector; `none` if it is one already."""
    licence: str = Field(default="not stated", max_length=80)

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything that changes vectors; comments and the licence do not."""
        values = self.model_dump(mode="json", exclude={"licence"}, exclude_defaults=True)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
