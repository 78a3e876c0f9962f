"""Text towers in ONNX files with tokenizers, whose weights are random with a seed, or given."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from core.encoders.images.preprocessing import decode_image
from tests.support.onnx_networks import Arrays, attention, draw_attention, node, reference_outputs

USUAL = (
    "dress", "shirt", "trousers", "shoes", "handbag", "ring", "watch", "toy",
    "chair", "table", "lamp", "cup", "phone", "tool", "book", "bicycle",
)  # fmt: skip
"""The goods of which a text tower knows the names when it is loaded."""
PAD, UNKNOWN = "[PAD]", "[UNK]"
BAG_OF_WORDS = f"[text]\ncontext = 8\npadding = '{PAD}'\ncleaning = 'lower'\n"


def save_tokenizer(path: Path, words: Sequence[str]) -> Path:
    """Write a tokenizer of whole words; padding is 0, unknown words are 1, the first word is 2."""
    numbers = {word: number for number, word in enumerate([PAD, UNKNOWN, *words])}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens([PAD])
    tokenizer.save(str(path))
    return path


def save_unigram(path: Path) -> Path:
    """Write a tokenizer like SigLIP's: pieces of words, and an end that also pads."""
    pieces = ["<unk>", "</s>", "▁", "▁red", "▁dress", "es", "<extra>"]
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", None, [("</s>", 1)])
    tokenizer.add_special_tokens(["</s>", "<extra>"])
    tokenizer.save(str(path))
    return path


def write_bag_of_words(folder: Path, name: str, words: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a tower whose vector of a text is the sum of the rows (dim,) of its words.

    The vectors of usual texts sum to zero, so they take nothing from others.
    """
    dim = len(next(iter(words.values())))
    units = np.eye(len(USUAL) // 2, dim, dtype=np.float32)
    rows = [*np.zeros((2, dim), np.float32), *units, *-units, *words.values()]
    save_tokenizer(folder / f"{name}.tokenizer.json", [*USUAL, *words])
    nodes = [
        node("Gather", "rows input_ids", "tokens"),
        node("ReduceSum", "tokens first", "text_embeds", keepdims=0),
    ]
    save_text_model(
        folder / f"{name}.text.onnx", nodes, {"rows": np.stack(rows), "first": np.array([1])}
    )


def most_peculiar(network: Path, images: Sequence[bytes]) -> tuple[int, NDArray[np.float32]]:
    """The number of an image, and a row that is nearer to its vector than to those of the others.

    The network is `convolutional`, with `side` 32 and the mean of its `map`. The row is what the
    vectors do not all share, of the image that has most of it.
    """
    pixels = [decode_image(image, side=32, max_megapixels=1).pixels for image in images]
    inputs = np.stack(pixels).transpose(0, 3, 1, 2).astype(np.float32) / 255
    outputs = [reference_outputs(network, image[None])["map"][0] for image in inputs]
    rows = np.stack(outputs).mean(axis=(2, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    shared = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    rows -= (rows @ shared)[:, None] * shared
    number = int(np.linalg.norm(rows, axis=1).argmax())
    return number, rows[number]


def save_text_model(
    path: Path,
    nodes: list[helper.NodeProto],
    weights: Arrays,
    inputs: Sequence[str] = ("input_ids",),
    outputs: Sequence[str] = ("text_embeds",),
) -> Path:
    """Write a model whose inputs are (batch, tokens), both of any size."""
    shape = ["batch", "tokens"]
    graph = helper.make_graph(
        nodes,
        "text",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def text_transformer(
    path: Path, *, words: int, context: int, dim: int, masked: bool = False, width: int = 24
) -> Path:
    """Write embeddings, a block of attention, and a head on the last token, as SigLIP's.

    With `masked`, no token attends to padding, and the head gets the mean of the others.
    """
    random = np.random.default_rng(4)
    weights = draw_attention(random, width, dim) | {
        "table": random.normal(0, 1, (words, width)).astype(np.float32),
        "position": random.normal(0, 0.3, (1, context, width)).astype(np.float32),
        "last": np.array(-1),
        "one": np.float32([1]),
        "much": np.float32([-1e4]),
        "middle": np.array([1]),
    }
    nodes = [
        node("Gather", "table input_ids", "embedded"),
        node("Add", "embedded position", "tokens"),
    ]
    if not masked:
        pooled = [node("Gather", "last_hidden_state last", "pooled", axis=1)]
        nodes += [*attention(), *pooled, node("MatMul", "pooled head", "text_embeds")]
        return save_text_model(path, nodes, weights, outputs=("last_hidden_state", "text_embeds"))
    nodes += [
        node("Cast", "attention_mask", "kept", to=TensorProto.FLOAT),
        node("Unsqueeze", "kept middle", "row"),
        node("Sub", "one row", "left_out"),
        node("Mul", "left_out much", "penalty"),
        *attention("penalty"),
        node("MatMul", "row last_hidden_state", "total"),
        node("ReduceSum", "row", "count", keepdims=1),
        node("Div", "total count", "mean"),
        node("MatMul", "mean head", "text_embeds"),
    ]
    inputs = ("input_ids", "attention_mask")
    return save_text_model(path, nodes, weights, inputs, ("last_hidden_state", "text_embeds"))
