"""`python -m benchmarks.visual_similarity [SEED ...]`: what images add to sales data.

For each seed, draws a demo shop and embeds its images. Training then measures its rankings on the
hold-out set, once with these vectors and once with noise instead; the noise must not lower the
metrics, whether training uses it or not.
"""

import csv
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.support import bare_inference
from benchmarks.support.encoder_weights import resolve_weights
from benchmarks.support.sales_splits import read_sales
from core.encoders.encoder import unit_rows
from core.encoders.factory import open_encoder
from core.recommender.candidates import VISUAL
from core.recommender.evaluation.holdout import LIST_LENGTH
from core.recommender.options import RecommenderSettings
from core.recommender.training import train_recommender
from core.recommender.training_report import (
    BLEND,
    BLEND_WITHOUT_IMAGES,
    POPULARITY,
    CandidateResult,
)
from core.recommender.visual_neighbours import ItemEmbeddings
from embedded.demo.draw import draw_shop

ENCODER = "efficientnet-lite0"
SEEDS = range(7, 12)
NOISE_DRAWS = 3
BEST = "best single algorithm"
NAMES = {"blend": BLEND, "CF": BLEND_WITHOUT_IMAGES, "visual": VISUAL, "popularity": POPULARITY}
"""The blend without images is our collaborative filtering (CF)."""
TARGET_COLD, TARGET_NOISE = 3.0, 0.002

Results = Mapping[str, CandidateResult]
Figures = dict[str, float]


def main(seeds: Iterable[int]) -> None:
    """Measure a shop for each seed, and print the figures."""
    shops = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            print(f"shop {seed}", flush=True)
            shops.append(measure(Path(folder), seed))
            _print(f"shop {seed}", shops[-1])
    if len(shops) > 1:
        mean = {name: float(np.mean([shop[name] for shop in shops])) for name in shops[0]}
        _print(f"mean of {len(shops)} shops", mean)
        gains = [shop["blend"] - shop["CF"] for shop in shops]
        error = np.std(gains, ddof=1) / len(gains) ** 0.5
        print(f"blend less CF: {np.mean(gains):.4f}, standard error {error:.4f}")


def measure(folder: Path, seed: int) -> Figures:
    """Return all figures of one shop."""
    draw_shop(folder, seed=seed)
    sales = read_sales(folder / "sales.csv")
    embeddings = embed(folder / "items", folder / "models")
    results = _train(sales, embeddings)
    noisy = [_train(sales, noise(embeddings, number)) for number in range(NOISE_DRAWS)]
    chance = {"cold chance": LIST_LENGTH / len(sales["sku"].cat.categories)}
    return _figures(results) | _noise_cost(noisy) | chance


def embed(images: Path, models: Path) -> ItemEmbeddings:
    """Return the embedding of each item: the mean of its views, as in the product."""
    encoder = open_encoder(resolve_weights(ENCODER, models)[0], folder=models)
    sums: dict[str, NDArray[np.float32]] = {}
    started = time.perf_counter()
    with (images / "items.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            vector = bare_inference.embed(encoder, (images / row["file"]).read_bytes())
            sums[row["sku"]] = sums.get(row["sku"], 0) + vector
    print(f"  {len(sums)} items embedded in {time.perf_counter() - started:.1f} s", flush=True)
    return ItemEmbeddings(list(sums), unit_rows(np.stack(list(sums.values()))))


def noise(embeddings: ItemEmbeddings, seed: int) -> ItemEmbeddings:
    """Return random vectors for the same items."""
    vectors = np.random.default_rng(seed).normal(size=embeddings.vectors.shape)
    return ItemEmbeddings(embeddings.skus, unit_rows(vectors.astype(np.float32)))


def _train(sales: pd.DataFrame, embeddings: ItemEmbeddings) -> Results:
    trained = train_recommender(
        sales, embeddings, RecommenderSettings(), allowed=set(embeddings.skus)
    )
    results = trained.report.holdout
    if VISUAL in results:
        return results
    return results | {BLEND_WITHOUT_IMAGES: results[BLEND]}  # training did not use the images


def _figures(results: Results) -> Figures:
    rows = {name: results[ranking] for name, ranking in NAMES.items()}
    single = (result for name, result in results.items() if name not in NAMES.values())
    rows[BEST] = max(single, key=_ndcg)
    cold = {name: row.segments["cold items"] for name, row in rows.items()}
    return {
        **{name: _ndcg(row) for name, row in rows.items()},
        **{f"cold {name}": metrics.recall_at_20 or 0.0 for name, metrics in cold.items()},
        "users": rows["blend"].users,
        "cold users": cold["blend"].users,
    }


def _ndcg(result: CandidateResult) -> float:
    return result.ndcg_at_10 or 0.0


def _noise_cost(noisy: list[Results]) -> Figures:
    """Return the NDCG lost to noise: the mean and the maximum over all draws.

    Each run is its own reference: a run that drops its images measures no item without sales.
    """
    costs = [_ndcg(draw[BLEND_WITHOUT_IMAGES]) - _ndcg(draw[BLEND]) for draw in noisy]
    return {
        "noise costs": float(np.mean(costs)),
        "noise costs at worst": max(costs),
        "noise is used": float(np.mean([VISUAL in draw for draw in noisy])),
    }


def _print(title: str, figures: Figures) -> None:
    print(
        f"\n{title}: {figures['users']:.0f} returning users, "
        f"{figures['cold users']:.0f} of them bought cold items"
    )
    print(f"{'':28}{'NDCG@10':>9}{'recall@20 of cold items':>25}")
    for name in ("blend", "CF", BEST, "visual", "popularity"):
        print(f"{name:28}{figures[name]:9.4f}{figures['cold ' + name]:25.4f}")
    print(f"{'a shuffled list':28}{'':9}{figures['cold chance']:25.4f}")
    print(f"blend / popularity, cold items   {_ratio(figures)}   (target {TARGET_COLD})")
    gains = [figures["blend"] - figures[name] for name in ("CF", "visual")]
    print(f"blend less CF                    {gains[0]:8.4f}   (target > 0)")
    print(f"blend less visual                {gains[1]:8.4f}   (target > 0)")
    cost, worst = figures["noise costs"], figures["noise costs at worst"]
    print(f"noise costs, mean and worst      {cost:8.4f} {worst:8.4f}   (target {TARGET_NOISE})")
    print(f"noise is used by                 {figures['noise is used']:8.0%}   of the runs\n")


def _ratio(figures: Figures) -> str:
    if not figures["cold popularity"]:
        return "    popularity ranks no cold item"
    return f"{figures['cold blend'] / figures['cold popularity']:8.1f}"


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or SEEDS)
