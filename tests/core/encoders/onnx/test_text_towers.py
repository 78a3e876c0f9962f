"""Text towers, compared with the reference of the ONNX standard and tokens counted by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto
from tokenizers import Tokenizer, processors

from core.encoders.catalogue import describe
from core.encoders.factory import open_text_tower
from core.encoders.onnx.description import OnnxDescription, TextDescription
from core.encoders.onnx.own_encoders import read_own_encoder
from core.encoders.onnx.text_tokenizer import TextTokenizer, clean
from core.encoders.onnx.text_tower import TextTower
from core.encoders.weights.lookup import WeightsLookup
from core.encoders.weights.text_lookup import (
    ResolvedText,
    find_text_tower,
    published_text_network,
    without_pins,
)
from core.errors import NotInstalled
from tests.support.onnx_networks import node, run_reference, write_own_encoder
from tests.support.text_towers import (
    BAG_OF_WORDS,
    PAD,
    USUAL,
    save_text_model,
    save_tokenizer,
    save_unigram,
    text_transformer,
    write_bag_of_words,
)

DIM, CONTEXT = 6, 5
WORDS = (*USUAL, "red", "a")  # their tokens are 2, 3, ...
RED, A, DRESS, SHIRT = 18, 19, 2, 3
FULL = {"context": CONTEXT, "padding": PAD, "cleaning": "canonical"}


def open_tower(folder: Path, **fields: Any) -> TextTower:
    """Open `text.onnx` with `tokenizer.json` in f32."""
    onnx = OnnxDescription(
        side=32, dim=DIM, mean=(0, 0, 0), std=(1, 1, 1), text=TextDescription(**FULL | fields)
    )
    paths = folder / "text.onnx", folder / "tokenizer.json"
    files = ResolvedText(onnx, onnx.text, *paths, digests=())
    return open_text_tower(files, precision="f32", streams=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a tokenizer and a transformer."""
    save_tokenizer(tmp_path / "tokenizer.json", WORDS)
    text_transformer(tmp_path / "text.onnx", words=20, context=CONTEXT, dim=DIM)
    return tmp_path


TOKENS = {
    "A red dress!": [A, RED, DRESS, 0, 0],
    "red_shirt": [RED, SHIRT, 0, 0, 0],
    "red red red red shirt dress": [RED, RED, RED, RED, SHIRT],
}


def test_vectors_of_a_transformer_are_those_of_the_onnx_reference(folder: Path) -> None:
    vectors = open_tower(folder).run(list(TOKENS))
    for vector, tokens in zip(vectors, TOKENS.values(), strict=True):
        expected = run_reference(folder / "text.onnx", {"input_ids": np.array([tokens])})
        np.testing.assert_allclose(vector, expected["text_embeds"][0], rtol=1e-4, atol=1e-4)


def test_padding_is_masked_where_the_network_has_an_input_for_it(folder: Path) -> None:
    path = text_transformer(folder / "text.onnx", words=20, context=CONTEXT, dim=DIM, masked=True)
    tower = open_tower(folder, inputs=("input_ids", "attention_mask"))
    for text, tokens in TOKENS.items():
        inputs = {"input_ids": np.array([tokens]), "attention_mask": np.array([tokens]).clip(0, 1)}
        expected = run_reference(path, inputs)["text_embeds"][0, 0]
        np.testing.assert_allclose(tower.run([text])[0], expected, rtol=1e-4, atol=1e-4)


def test_directions_are_what_a_text_has_more_of_than_the_names_of_usual_goods(folder: Path) -> None:
    tower = open_tower(folder)
    usual = [f"a {word}" for word in USUAL]
    plural = {"a trousers": "trousers", "a shoes": "shoes"}
    rows = tower.run([plural.get(text, text) for text in usual] + ["red dress"])
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(
        tower.direction("red dress"), rows[-1] - rows[:-1].mean(axis=0), atol=1e-5
    )


@pytest.mark.parametrize(
    ("fields", "tokens", "mask"),
    [
        ({}, [3, 4, 1, 1, 1], [1, 1, 1, 0, 0]),
        ({"padding_side": "left"}, [1, 1, 3, 4, 1], [0, 0, 1, 1, 1]),
        ({"context": 2}, [3, 1], [1, 1]),
    ],
)
def test_tokens_are_cut_ended_and_padded_as_described(
    tmp_path: Path, fields: dict[str, Any], tokens: list[int], mask: list[int]
) -> None:
    path = save_unigram(tmp_path / "tokenizer.json")
    text = TextDescription(**{**FULL, "padding": "</s>"} | fields)
    rows = TextTokenizer(path, text).tokens_of("Red, dress")
    assert [row.tolist() for row in rows] == [tokens, mask]


def test_a_text_cannot_contain_the_token_that_ends_it(tmp_path: Path) -> None:
    text = TextDescription(context=5, padding="</s>")
    tokens, _ = TextTokenizer(save_unigram(tmp_path / "tokenizer.json"), text).tokens_of("</s> red")
    assert 3 in tokens


@pytest.mark.parametrize(
    ("cleaning", "cleaned"),
    [
        ("none", " Rote_Schuhe,  Größe 38! "),
        ("lower", " rote_schuhe,  größe 38! "),
        ("canonical", "rote schuhe größe 38"),
    ],
)
def test_texts_are_cleaned_as_described(cleaning: str, cleaned: str) -> None:
    assert clean(" Rote_Schuhe,  Größe 38! ", cleaning) == cleaned


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"padding": "<pad>"}, r"tokenizer\.json has no token '<pad>'; correct `padding`"),
        ({"context": 6}, r"it cannot take 6 tokens; correct `context`"),
        ({"inputs": ("tokens",)}, "its inputs are input_ids; correct `inputs`"),
        (
            {"output": "last_hidden_state"},
            r"no output has vectors of 6 numbers; correct `output` in \[text\], or export the text "
            r"tower with a projection to `dim` \(outputs: last_hidden_state",
        ),
        ({"output": "embedding"}, r"no output 'embedding'; correct `output` in \[text\] \("),
    ],
)
def test_a_description_that_does_not_fit_the_tower_is_refused_with_its_wrong_field(
    folder: Path, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotInstalled, match=reason):
        open_tower(folder, **fields)


def test_vectors_of_another_length_than_those_of_images_are_refused(folder: Path) -> None:
    text_transformer(folder / "text.onnx", words=20, context=CONTEXT, dim=DIM + 1)
    with pytest.raises(NotInstalled, match="no output has vectors of 6 numbers"):
        open_tower(folder)


def test_a_tokenizer_with_tokens_that_the_network_does_not_know_is_refused(folder: Path) -> None:
    save_tokenizer(folder / "tokenizer.json", [*WORDS, "another"])
    with pytest.raises(NotInstalled, match=r"has 21 tokens, but .*text\.onnx knows only 20"):
        open_tower(folder)


def test_special_tokens_that_no_text_contains_may_be_unknown_to_the_network(tmp_path: Path) -> None:
    """SigLIP's tokenizer has a hundred of them."""
    path = save_unigram(tmp_path / "tokenizer.json")
    assert Tokenizer.from_file(str(path)).get_vocab_size() == 7
    assert TextTokenizer(path, TextDescription(context=5, padding="</s>")).count == 6


def test_the_token_that_ends_texts_must_be_known_to_the_network(folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens(["[END]"])
    tokenizer.post_processor = processors.TemplateProcessing("$A [END]", None, [("[END]", 20)])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(NotInstalled, match=r"has 21 tokens, but .*text\.onnx knows only 20"):
        open_tower(folder)


NO_TOKENIZER = r"tokenizer\.json is not the file of a tokenizer"
NOTHING_FOR_UNKNOWN_WORDS = r"tokenizer\.json has no token for unknown words"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", NO_TOKENIZER),
        ("{}", NO_TOKENIZER),
        ("not JSON", NO_TOKENIZER),
        ('{"model": {"type": "WordLevel"}}', NO_TOKENIZER),
        ('{"model": {"type": "WordLevel", "vocab": {"[PAD]": 0}, "unk_token": "[UNK]"}}',
         NOTHING_FOR_UNKNOWN_WORDS),
        ('{"model": {"type": "Unigram", "unk_id": null, "vocab": [["[PAD]", -1.0]]}}',
         NOTHING_FOR_UNKNOWN_WORDS),
    ],
)  # fmt: skip
def test_other_files_are_refused_as_tokenizers(folder: Path, content: str, reason: str) -> None:
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises(NotInstalled, match=reason):
        open_tower(folder)


LOOKED_UP = [
    node("Gather", "table input_ids", "rows"),
    node("ReduceMean", "rows", "mean", axes=[1]),
]


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([*LOOKED_UP, node("Neg", "mean", "negative"), node("Log", "negative", "text_embeds")],
         "texts have numbers that are not finite"),
        ([*LOOKED_UP, node("RandomNormal", "", "noise", shape=[1, 1, DIM]),
          node("Add", "mean noise", "text_embeds")], "the vector of a text changes"),
        ([*LOOKED_UP, node("Mul", "mean zero", "none"), node("Add", "none one", "text_embeds")],
         "different texts have the same vector"),
    ],
)  # fmt: skip
def test_towers_that_make_useless_vectors_are_refused(
    folder: Path, nodes: Sequence[NodeProto], reason: str
) -> None:
    table = np.random.default_rng(1).random((20, DIM), np.float32)
    weights = {"table": table, "zero": np.float32([0]), "one": np.float32([1])}
    save_text_model(folder / "text.onnx", list(nodes), weights)
    with pytest.raises(NotInstalled, match=reason):
        open_tower(folder)


def test_of_ones_own_encoder_both_files_are_needed_and_of_a_published_one_neither(
    tmp_path: Path,
) -> None:
    lookup = WeightsLookup(tmp_path, {})
    assert find_text_tower(describe("marqo-fashionsiglip"), lookup) is None
    write_own_encoder(tmp_path, "mine", text=BAG_OF_WORDS)
    encoder = read_own_encoder(tmp_path / "mine.toml")
    with pytest.raises(NotInstalled, match=rf"copy it to {tmp_path}/mine\.text\.onnx"):
        find_text_tower(encoder, lookup)
    write_bag_of_words(tmp_path, "mine", {"red": np.ones(8, np.float32)})
    assert find_text_tower(encoder, lookup).text.context == 8


def test_a_published_text_tower_has_its_own_digest_whatever_is_pinned_for_images(
    tmp_path: Path,
) -> None:
    network = published_text_network(describe("marqo-fashionsiglip"))
    lookup = without_pins(WeightsLookup(tmp_path, {"marqo-fashionsiglip": "0" * 64}))
    (tmp_path / "marqo-fashionsiglip.text.onnx").write_bytes(b"another file")
    detail = lookup.status(network).detail
    assert "not c1d501b23bddf27ba828c037b0780e44fdf47ca4c0b925ef190ab5bcf7aaf6e6" in detail
    assert "run `lookalike weights fetch marqo-fashionsiglip`" in detail
