"""Reads the descriptions of an operator's own encoders: `NAME.toml` next to `NAME.onnx`.

The API, which has neither NumPy nor a neural network library, imports this module.
"""

import logging
import re
import tomllib
from pathlib import Path

from pydantic import ValidationError

from core.encoders.catalogue import BUILT_IN, set_own_encoders
from core.encoders.description import EncoderDescription, OwnWeights, TextFiles
from core.encoders.onnx.description import OnnxDescription
from core.errors import InvalidInput
from core.records import describe_fault

log = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MAX_BYTES = 65_536


def add_own_encoders(folder: Path) -> None:
    """Add the encoders that are described in a folder to the catalogue of this process.

    It replaces those of earlier calls. A wrong description is logged; using its encoder raises
    InvalidInput with the reason.
    """
    encoders: dict[str, EncoderDescription | InvalidInput] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            encoders[path.stem] = read_own_encoder(path)
        except InvalidInput as exc:
            log.error("%s", exc)  # noqa: TRY400 - the message says it all
            encoders[path.stem] = exc
    set_own_encoders(encoders)


def read_own_encoder(path: Path) -> EncoderDescription:
    """Return the encoder that a file describes.

    Raises:
        InvalidInput: the file cannot be read, or a field is wrong; the message names it.
    """
    name = path.stem
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{path}: name the file with 1 to 63 characters from a-z, 0-9, '_' and '-'"
        )
    if name in BUILT_IN:
        raise InvalidInput(f"{path}: an encoder {name!r} is built in; choose another file name")
    onnx = _read(path)
    return EncoderDescription(
        name=name,
        family="own",
        kind="onnx",
        model=name,
        side=onnx.side,
        dim=onnx.dim,
        licence=onnx.licence,
        weights=OwnWeights(file=f"{name}.onnx", description_sha256=onnx.sha256),
        text_files=_text_files(name, onnx),
        scale="onnx-1",
        pooling=onnx.pooling,
        onnx=onnx,
    )


def _text_files(name: str, onnx: OnnxDescription) -> TextFiles | None:
    if onnx.text is None:
        return None
    network, tokenizer = (
        OwnWeights(file=f"{name}.{end}") for end in ("text.onnx", "tokenizer.json")
    )
    return TextFiles(network, tokenizer)


def _read(path: Path) -> OnnxDescription:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode()
        return OnnxDescription.model_validate(tomllib.loads(text))
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {describe_fault(error)}"
            for error in exc.errors(include_url=False)
        )
        raise InvalidInput(f"{path}: {faults}") from exc
    except OSError as exc:
        raise InvalidInput(f"{path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:  # not UTF-8, or not TOML
        raise InvalidInput(f"{path} is not a TOML file: {exc}") from exc
