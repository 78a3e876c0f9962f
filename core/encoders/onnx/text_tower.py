"""A text tower: it turns texts into vectors that can be compared with those of images."""

from collections.abc import Sequence
from functools import lru_cache
from queue import LifoQueue

import numpy as np
from numpy.typing import NDArray

from core.encoders.encoder import Precision, Vectors, unit_rows
from core.encoders.onnx.self_check import check_texts
from core.encoders.onnx.text_network import count_tokens, read_text_onnx
from core.encoders.onnx.text_tokenizer import TextTokenizer
from core.encoders.openvino import FIRST_INFERENCE, compile_model
from core.encoders.openvino_runtime import ov
from core.encoders.weights.text_lookup import ResolvedText
from core.errors import NotInstalled

Direction = NDArray[np.float32]

_USUAL = (
    "a dress", "a shirt", "trousers", "shoes", "a handbag", "a ring", "a watch", "a toy",
    "a chair", "a table", "a lamp", "a cup", "a phone", "a tool", "a book", "a bicycle",
)  # fmt: skip
"""Goods of all kinds; what the vectors of their names share is not what tells them apart."""
_REMEMBERED = 256
"""Texts whose directions are kept: pages of results ask for the same one."""


class TextTower:
    """A text tower, for up to `streams` threads at once."""

    def __init__(self, files: ResolvedText, *, precision: Precision, streams: int) -> None:
        """Read and compile the network, and try it on a few texts.

        Raises:
            NotInstalled: a file is broken or does not fit its description, or the vectors are of
                no use; the message says what to correct.
            InvalidInput: the precision is bf16, which this CPU does not support.
        """
        onnx, text = files.onnx, files.text
        self._tokenizer = TextTokenizer(files.tokenizer, text)
        model = read_text_onnx(files.network, onnx, text)
        _check_vocabulary(self._tokenizer, count_tokens(model, text.inputs[0]), files)
        self._inputs = {name: model.input(name).element_type.to_dtype() for name in text.inputs}
        self._requests = _open_requests(model, precision, streams)
        with FIRST_INFERENCE:
            usual = self.run(_USUAL)
        check_texts(usual, self.run(_USUAL), files.network)
        self._usual: Direction = unit_rows(usual).mean(axis=0)
        self.direction = lru_cache(_REMEMBERED)(self._direction)

    def run(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of n >= 1 texts (n, dim), which are not normalised."""
        request = self._requests.get()
        try:
            return np.concatenate([self._infer(request, text) for text in texts])
        finally:
            self._requests.put(request)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of n >= 1 texts (n, dim)."""
        return unit_rows(self.run(texts))

    def _direction(self, text: str) -> Direction | None:
        """Return what the vector of a text (dim,) has more of than those of usual texts.

        The vectors of all texts share a large part, which those of images lack. None if the
        network makes nothing of the text.
        """
        vector = self.vectors([text])[0]
        direction: Direction = vector - self._usual
        return direction if vector.any() and np.isfinite(direction).all() else None

    def _infer(self, request: ov.InferRequest, text: str) -> NDArray[np.float32]:
        rows = self._tokenizer.tokens_of(text)  # of which the network may take only the first
        inputs = zip(self._inputs.items(), rows, strict=False)
        request.infer({name: row[None].astype(kind) for (name, kind), row in inputs})
        vector: NDArray[np.float32] = request.get_output_tensor().data.copy()
        return vector


def _open_requests(
    model: ov.Model, precision: Precision, streams: int
) -> LifoQueue[ov.InferRequest]:
    compiled = compile_model(ov.Core(), model, precision, streams)
    requests: LifoQueue[ov.InferRequest] = LifoQueue()
    for _ in range(streams):
        requests.put(compiled.create_infer_request())
    return requests


def _check_vocabulary(tokenizer: TextTokenizer, known: int | None, files: ResolvedText) -> None:
    if known is not None and tokenizer.count > known:
        raise NotInstalled(
            f"{files.tokenizer} has {tokenizer.count:,} tokens, but {files.network} knows only "
            f"{known:,}; use the tokenizer that it was trained with"
        )
