"""`python -m benchmarks.visual_similarity [SEED ...]`: what pictures add to sales, on drawn shops.

For each seed a demo shop is drawn, its pictures are embedded, and a training measures on the last
days what it chose before them. So it does with vectors that are noise, which must do no harm.
"""

import csv
import gzip
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommender import Sales, read
from core.encoders.catalogue import describe
from core.encoders.encoder import unit_rows
from core.encoders.factory import open_encoder
from core.encoders.images.preprocessing import decode
from core.encoders.weights.lookup import Weights
from core.recommender.candidates import LOOKS, POPULARITY
from core.recommender.evaluation.holdout import LENGTH
from core.recommender.evaluation.holdout_metrics import BLEND, WITHOUT_LOOKS
from core.recommender.options import RecommenderSettings
from core.recommender.training import train
from core.recommender.visual_similarity import Looks
from embedded.demo.draw import draw_shop

ENCODER = "efficientnet-lite0"
SEEDS = range(7, 12)
NOISES = 3
BEST = "best of CF, in hindsight"
TARGET_COLD, TARGET_NOISE = 3.0, 0.002

Rows = Mapping[str, Mapping[str, Any]]
Figures = dict[str, float]


def main(seeds: Iterable[int]) -> None:
    """Draw, embed, train, print."""
    shops = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            print(f"shop {seed}", flush=True)
            shops.append(measure(Path(folder), seed))
            _print(f"shop {seed}", shops[-1])
    if len(shops) > 1:
        mean = {name: float(np.mean([one[name] for one in shops])) for name in shops[0]}
        _print(f"mean of {len(shops)} shops", mean)
        gains = [one["blend"] - one["CF"] for one in shops]
        error = np.std(gains, ddof=1) / len(gains) ** 0.5
        print(f"blend less CF: {np.mean(gains):.4f}, give or take a standard error of {error:.4f}")


def measure(folder: Path, seed: int) -> Figures:
    """All figures of one shop."""
    draw_shop(folder, seed=seed)
    packed = folder / "sales.csv.gz"
    packed.write_bytes(gzip.compress((folder / "sales.csv").read_bytes()))
    sales = read(packed)
    looks = embedded(folder / "items", folder / "models")
    tested = _tested(sales, looks)
    noisy = [_tested(sales, noise(looks, number)) for number in range(NOISES)]
    chance = {"cold chance": LENGTH / len(sales.skus)}
    return _figures(tested) | _harm(tested, noisy) | chance


def embedded(pictures: Path, models: Path) -> Looks:
    """Each item's look: the mean of its views, as in the product."""
    encoder = open_encoder(Weights(models, {}).require(describe(ENCODER)), folder=models)
    sums: dict[str, NDArray[np.float32]] = {}
    started = time.perf_counter()
    with (pictures / "items.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            data = (pictures / row["file"]).read_bytes()
            pixels = decode(data, side=encoder.side, max_megapixels=50)
            vector = encoder.encode(pixels[np.newaxis])[0]
            sums[row["sku"]] = sums.get(row["sku"], 0) + vector
    print(f"  {len(sums)} items embedded in {time.perf_counter() - started:.1f} s", flush=True)
    return Looks(list(sums), unit_rows(np.stack(list(sums.values()))))


def noise(looks: Looks, seed: int) -> Looks:
    """The same items with vectors that say nothing."""
    vectors = np.random.default_rng(seed).normal(size=looks.vectors.shape)
    return Looks(looks.skus, unit_rows(vectors.astype(np.float32)))


def _tested(sales: Sales, looks: Looks) -> Rows:
    trained = train(sales, looks, RecommenderSettings(), allowed=looks.skus)
    tested: dict[str, Any] = trained.report["test"]
    if LOOKS not in tested:  # they were found to tell nothing, and nobody was asked again
        tested |= {WITHOUT_LOOKS: tested[BLEND]}
    return tested


def _figures(tested: Rows) -> Figures:
    """What is compared; the blend without looks is our own collaborative filtering."""
    named = {"blend": BLEND, "CF": WITHOUT_LOOKS, "looks": LOOKS, "popularity": POPULARITY}
    rows = {name: tested[row] for name, row in named.items()}
    single = (row for name, row in tested.items() if name not in named.values())
    rows[BEST] = max(single, key=lambda row: row["ndcg@10"])
    cold = {f"cold {name}": row["items"]["cold"]["recall@20"] for name, row in rows.items()}
    users = {"users": rows["blend"]["users"], "cold users": rows["blend"]["items"]["cold"]["users"]}
    return {name: row["ndcg@10"] for name, row in rows.items()} | cold | users


def _harm(tested: Rows, noisy: list[Rows]) -> Figures:
    """What noise costs: in the mean of all draws, and in the worst."""
    alone = tested[WITHOUT_LOOKS]["ndcg@10"]
    costs = [alone - rows[BLEND]["ndcg@10"] for rows in noisy]
    return {"noise costs": float(np.mean(costs)), "noise costs at worst": max(costs)}


def _print(title: str, found: Figures) -> None:
    print(
        f"\n{title}: {found['users']:.0f} users came back, {found['cold users']:.0f} for cold items"
    )
    print(f"{'':28}{'NDCG@10':>9}{'recall@20 of cold items':>25}")
    for name in ("blend", "CF", BEST, "looks", "popularity"):
        print(f"{name:28}{found[name]:9.4f}{found['cold ' + name]:25.4f}")
    print(f"{'a shuffled list':28}{'':9}{found['cold chance']:25.4f}")
    print(f"blend / popularity, cold items   {_times(found)}   (target {TARGET_COLD})")
    print(f"blend less CF                    {found['blend'] - found['CF']:8.4f}   (target > 0)")
    print(f"blend less looks                 {found['blend'] - found['looks']:8.4f}   (target > 0)")
    cost, worst = found["noise costs"], found["noise costs at worst"]
    print(f"noise costs, mean and worst      {cost:8.4f} {worst:8.4f}   (target {TARGET_NOISE})\n")


def _times(found: Figures) -> str:
    if not found["cold popularity"]:
        return "    popularity finds none of them"
    return f"{found['cold blend'] / found['cold popularity']:8.1f}"


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or SEEDS)
