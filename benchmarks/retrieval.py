"""`python -m benchmarks.retrieval GALLERY QUERIES`: how many of ten matches are of the same class.

Both folders hold one folder of pictures a class. The gallery goes through a running stack, the
queries over HTTP; beside it the same vectors are ranked by brute force.
"""

import csv
import io
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.support import client_view
from core.encoders.factory import open_encoder
from core.encoders.images.preprocessing import decode
from core.storage import Collections, Files
from core.vectors.milvus import MilvusVectors
from lookalike.client import Lookalike

TEN = 10
NAME = "gallery"
Vectors = NDArray[np.float32]


def main(gallery: Path, queries: Path) -> None:
    """Import, search, compare, print."""
    pictures = {path: path.parent.name for path in sorted(queries.glob("*/*.*"))}
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gallery.zip"
        classes = write_archive(archive, gallery)
        with client_view.running(Path(folder) / "data") as stack, Lookalike(stack.url) as client:
            client_view.ingest_s(client, archive, NAME)
            over_http = {path: _over_http(client, path) for path in pictures}
            space = Collections(Files(stack.settings.store)).get(NAME).space
            vectors = _vectors(MilvusVectors(stack.settings.milvus), space)
            exact = _brute_force(vectors, list(pictures), stack.settings.models)
    _print(pictures, classes, over_http, exact)


def write_archive(archive: Path, gallery: Path) -> dict[str, str]:
    """Pack the gallery with a manifest; returns the class of each sku."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["sku", "file", "class"])
    classes = {}
    with zipfile.ZipFile(archive, "w") as packed:
        for number, path in enumerate(sorted(gallery.glob("*/*.*"))):
            sku, inside = f"{number:05}", f"{path.parent.name}/{path.name}"
            classes[sku] = path.parent.name
            packed.write(path, inside)
            rows.writerow([sku, inside, path.parent.name])
        packed.writestr("items.csv", table.getvalue())
    return classes


def _over_http(client: Lookalike, path: Path) -> list[str]:
    return [match.sku for match in client.search(path, NAME, limit=TEN).matches]


def _vectors(store: MilvusVectors, space: str) -> dict[str, Vectors]:
    return {sku: store.vectors_of(space, sku)[view] for sku, view in store.keys(space)}


def _brute_force(
    vectors: Mapping[str, Vectors], queries: list[Path], models: Path
) -> dict[Path, list[str]]:
    encoder = open_encoder("efficientnet-lite0", folder=models)
    skus = list(vectors)
    matrix = np.stack([vectors[sku] for sku in skus])
    found = {}
    for path in queries:
        pixels = decode(path.read_bytes(), side=encoder.side, max_megapixels=50)
        scores = matrix @ encoder.encode(pixels[np.newaxis])[0]
        found[path] = [skus[n] for n in np.argsort(-scores)[:TEN]]
    return found


def _print(
    pictures: Mapping[Path, str],
    classes: Mapping[str, str],
    over_http: Mapping[Path, list[str]],
    exact: Mapping[Path, list[str]],
) -> None:
    by_class: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for path, label in pictures.items():
        pair = [
            sum(classes[sku] == label for sku in found[path]) / TEN for found in (over_http, exact)
        ]
        by_class[label].append((pair[0], pair[1]))
    print(f"precision@10 of {len(pictures)} queries among {len(classes)}: over HTTP, brute force")
    for label, pairs in sorted(by_class.items()):
        http, brute = np.mean(pairs, axis=0)
        print(f"  {label:<12} {http:.4f}  {brute:.4f}  ({len(pairs)} queries)")
    http, brute = np.mean([pair for pairs in by_class.values() for pair in pairs], axis=0)
    print(f"  {'all':<12} {http:.4f}  {brute:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
