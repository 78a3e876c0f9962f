"""`python -m benchmarks.retrieval GALLERY QUERIES`: precision@10 of search by image.

Both folders contain one folder of images per class. The gallery is imported into a running stack
and searched over HTTP; for comparison, the same vectors are ranked by brute force.
"""

import csv
import io
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.support import bare_inference, client_view
from benchmarks.support.encoder_weights import resolve_weights
from core.encoders.factory import open_encoder
from core.storage import Collections, open_backend
from core.vectors.milvus import MilvusVectors
from lookalike.client import Lookalike

K = 10
NAME = "gallery"
Vectors = NDArray[np.float32]


def main(gallery: Path, queries: Path) -> None:
    """Import the gallery, run all queries both ways, and print the precisions."""
    labels = {path: path.parent.name for path in sorted(queries.glob("*/*.*"))}
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gallery.zip"
        classes = write_archive(archive, gallery)
        with client_view.new_stack(Path(folder) / "data") as stack, Lookalike(stack.url) as client:
            client_view.ingest_s(client, archive, NAME)
            over_http = {path: _search(client, path) for path in labels}
            index_name = Collections(open_backend(stack.settings.store)).get(NAME).index_name
            vectors = _vectors(MilvusVectors(stack.settings.milvus), index_name)
            exact = _brute_force(vectors, list(labels), stack.settings.models)
    _print(labels, classes, over_http, exact)


def write_archive(archive: Path, gallery: Path) -> dict[str, str]:
    """Write the gallery with a manifest; return the class of each SKU."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["sku", "file", "class"])
    classes = {}
    with zipfile.ZipFile(archive, "w") as file:
        for number, path in enumerate(sorted(gallery.glob("*/*.*"))):
            sku, name = f"{number:05}", f"{path.parent.name}/{path.name}"
            classes[sku] = path.parent.name
            file.write(path, name)
            rows.writerow([sku, name, path.parent.name])
        file.writestr("items.csv", table.getvalue())
    return classes


def _search(client: Lookalike, path: Path) -> list[str]:
    return [match.sku for match in client.search(path, NAME, limit=K).matches]


def _vectors(store: MilvusVectors, index_name: str) -> dict[str, Vectors]:
    return {sku: store.item_vectors(index_name, sku)[view] for sku, view in store.keys(index_name)}


def _brute_force(
    vectors: Mapping[str, Vectors], queries: list[Path], models: Path
) -> dict[Path, list[str]]:
    weights, _ = resolve_weights("efficientnet-lite0", models)
    encoder = open_encoder(weights, folder=models)
    skus, matrix = list(vectors), np.stack(list(vectors.values()))
    matches = {}
    for path in queries:
        scores = matrix @ bare_inference.embed(encoder, path.read_bytes())
        matches[path] = [skus[n] for n in np.argsort(-scores)[:K]]
    return matches


def _print(
    labels: Mapping[Path, str],
    classes: Mapping[str, str],
    over_http: Mapping[Path, list[str]],
    exact: Mapping[Path, list[str]],
) -> None:
    def precision(matches: list[str], label: str) -> float:
        return sum(classes[sku] == label for sku in matches) / K

    precisions = [
        (label, precision(over_http[path], label), precision(exact[path], label))
        for path, label in labels.items()
    ]
    table = pd.DataFrame(precisions, columns=["class", "http", "brute"])
    print(f"precision@10 of {len(labels)} queries among {len(classes)}: over HTTP, brute force")
    for label, rows in (*table.groupby("class"), ("all", table)):
        http, brute = rows["http"].mean(), rows["brute"].mean()
        print(f"  {label:<12} {http:.4f}  {brute:.4f}  ({len(rows)} queries)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
