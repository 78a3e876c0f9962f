"""Settings of encoders."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from core.records import StrictRecord


class EncoderSettings(StrictRecord):
    """Settings of encoders: where their weights are stored, and how they run."""

    weights_dir: Path | None = None
    """Folder of the weights files and of your own encoders, possibly read-only; default:
    `models/weights` in `data`."""
    weights_sha256: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of your own weights by encoder name."""
    download_mirror: str | None = None
    """Server to download weights from, instead of the publishers' servers."""
    max_loaded: PositiveInt = 3
    """Encoders in a worker's memory; the least recently used is evicted first."""

    runtime: Literal["auto", "openvino", "tensorflow"] = "auto"
    """`openvino`, `tensorflow` (for GPUs), or `auto`."""
    precision: Literal["auto", "f32", "bf16"] = "auto"
    """`f32` or `bf16`; with `auto`, bf16 if the CPU has instructions for it, else f32."""
    batch_size: PositiveInt = 16
    """Images per forward pass of TensorFlow, and between two checks of a step's lease."""
    streams: PositiveInt = 1
    """Concurrent forward passes with OpenVINO, on one core each."""
