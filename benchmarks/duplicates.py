"""`python -m benchmarks.duplicates FOLDER`: are pictures found again, whatever was done to them?

Every image of the folder is there three times: as it is, with one of nine distortions, and with its
product in another colour. The first two are copies of each other. No server is needed.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.support import bare_inference
from benchmarks.support.class_folders import read_class_folder
from benchmarks.support.encoder_weights import installed_weights
from benchmarks.support.recolouring import recolour
from core.duplicates import DuplicateKind
from core.encoders.catalogue import describe
from core.encoders.factory import open_encoder
from core.encoders.images.distortions import DISTORTIONS, distort
from core.encoders.images.local_features import local_features
from core.encoders.images.picture_match import match_pictures
from core.encoders.recipes.layout import layout_of
from core.pipelines.similar.duplicate_kinds import classify
from core.pipelines.similar.duplicates import COMPARED
from core.similar import collect_images, update_lists
from core.similar.pairs import nearest_pairs

CORES = os.cpu_count() or 1
MEGAPIXELS = 50
MANY = 20_000
PRECISION = 0.99


def main(folder: Path, name: str) -> None:
    """Print recall by distortion, precision, and the cost of comparing pictures."""
    originals = [path.read_bytes() for path in read_class_folder(folder).all]
    names = [list(DISTORTIONS)[n % len(DISTORTIONS)] for n in range(len(originals))]
    weights = installed_weights()
    with tempfile.TemporaryDirectory() as models, ThreadPoolExecutor(CORES) as pool:
        encoder = open_encoder(weights.require(describe(name)), folder=Path(models), streams=CORES)
        files = originals + list(pool.map(distort, originals, names))
        files += pool.map(recolour, originals, range(len(originals)))
        vectors = pool.map(partial(bare_inference.embed, encoder), files)
        source = collect_images((f"{n:06}", "main", row) for n, row in enumerate(vectors))
        lists = update_lists(None, source, lambda: None).lists
        pairs = nearest_pairs(lists, source, COMPARED).towards_frequent()
        started, cpu = time.perf_counter(), time.process_time()
        mirrored = set(pairs.second.tolist())
        details = list(
            pool.map(
                lambda n: local_features(files[n], MEGAPIXELS, mirrored=n in mirrored),
                range(len(files)),
            )
        )
        both = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        matches = np.array(
            list(pool.map(lambda pair: match_pictures(*(details[n] for n in pair)), both))
        )
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
    count = len(originals)
    low, high = np.sort([pairs.first, pairs.second], axis=0)
    is_same_photo = low % count == high % count
    is_right = is_same_photo & (high < 2 * count)
    kinds = classify(pairs, matches, source.vectors, layout_of(encoder.identity), None)
    is_found = kinds[DuplicateKind.SAME_PICTURE]
    print(f"{folder.name}, {name}: {count} pictures, each once distorted and once recoloured")
    recalls = Counter(names[n % count] for n in pairs.first[is_found & is_right].tolist())
    for distortion, total in Counter(names).items():
        print(f"  {distortion:<12}{recalls[distortion] / total:>7.3f}")
    by_score = np.cumsum(is_right[np.argsort(-pairs.scores)])
    is_precise = by_score >= PRECISION * np.arange(1, len(pairs) + 1)
    print(f"a threshold of the score alone: recall {max(by_score[is_precise]) / count:.3f} "
          f"at a precision of {PRECISION}")  # fmt: skip
    print(f"recall {(is_found & is_right).sum() / count:.3f}, among the nearest {COMPARED}: "
          f"{is_right.sum() / count:.3f}; precision {is_right[is_found].mean():.3f}")  # fmt: skip
    is_recoloured = is_same_photo & (high >= 2 * count)
    is_variant = kinds[DuplicateKind.VARIANTS]
    print(f"pairs with a recoloured picture: {is_variant[is_recoloured].mean():.3f} are variants, "
          f"{is_found[is_recoloured].mean():.3f} the same picture; precision without them "
          f"{is_right[is_found & ~is_recoloured].mean():.3f}")  # fmt: skip
    scale = MANY / len(files)
    print(f"{len(pairs)} pairs of {len(files)} images in {took:.1f} s ({cpu:.1f} CPU s); for "
          f"{MANY:,} images {took * scale:.0f} s ({cpu * scale:.0f} CPU s) "
          f"on {CORES} cores")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="efficientnet-lite2")
    arguments = parser.parse_args()
    main(arguments.folder, arguments.encoder)
