"""What a training run costs, measured on generated sales of any size."""

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.domain import EncoderIdentity
from core.pipelines.services import no_heartbeat
from core.pipelines.train.generation import Generation, count_blocks
from core.recommender.options import RecommenderSettings
from core.recommender.training import train_recommender
from tests.support.trainable_shop import open_services

SETTINGS = RecommenderSettings(test_days=30)


def generate_sales(
    lines: int,
    users: int | None = None,
    items: int | None = None,
    *,
    days: float = 365,
    seed: int = 0,
) -> pd.DataFrame:
    """Return sales within some days; by default, ten lines per user and a hundred per item.

    There are forty kinds of items; each user prefers one kind. A few of the items may not be sold.
    """
    rng = np.random.default_rng(seed)
    users, items, kinds, zips = users or lines // 10, items or lines // 100, 40, 1000
    user = rng.integers(users, size=lines).astype(np.int32)
    rank = (rng.pareto(1.1, lines) * 8).astype(np.int64) % -(-items // kinds)
    kind = np.where(rng.random(lines) < 0.7, user % kinds, rng.integers(kinds, size=lines))
    seconds = np.sort(rng.uniform(0, days * 86_400, lines))
    order = user.astype(np.int64) * 400 + (seconds // (7 * 86_400)).astype(np.int64)
    return pd.DataFrame({
        "user": pd.Categorical.from_codes(user, [f"{n:032x}" for n in range(users)]),
        "sku": pd.Categorical.from_codes(
            (rank * kinds + kind) % items, [f"S{n}" for n in range(items)]
        ),
        "order": np.unique(order, return_inverse=True)[1].astype(np.int32),
        "country": pd.Categorical.from_codes(user % 3, ["DE", "FR", "IT"]),
        "zip": pd.Categorical.from_codes(user % zips, [f"{n:05}" for n in range(zips)]),
        "at": pd.to_datetime(seconds, unit="s", utc=True),
    })


def measure_cost(sales: pd.DataFrame) -> None:
    """Print the duration of each stage of a training job, and its peak memory.

    The lists are written to a store and a Redis on this machine, as in the product.
    """
    size = f"{len(sales)} lines, {_count(sales, 'user')} users, {_count(sales, 'sku')} items"
    print(size, flush=True)
    with tempfile.TemporaryDirectory() as folder, open_services(Path(folder)) as services:
        with _stage("training") as training:
            trained = train_recommender(sales, None, SETTINGS, _print_progress)
        shop = services.collections.create("shop", encoder=EncoderIdentity("any", dim=1))
        generation, blocks = (
            Generation("one", shop, services),
            range(count_blocks(len(trained.users))),
        )
        with _stage("lists of users") as lists:
            generation.write_users(trained, sales, blocks, no_heartbeat)
        with _stage("popular items and links") as popular:
            generation.write_popular(trained)
            generation.write_links(trained)
    seconds = training.seconds + lists.seconds + popular.seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"stages of training: {trained.report.seconds}")
    print(f"{size}: {seconds:.1f} s, peak memory {peak:.0f} MB")


@dataclass
class _Duration:
    seconds: float = 0.0


@contextmanager
def _stage(name: str) -> Iterator[_Duration]:
    """Print the duration of a stage, and the processor time of this process."""
    duration, cpu, started = _Duration(), time.process_time(), time.perf_counter()
    yield duration
    duration.seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu
    print(f"{name}: {duration.seconds:.1f} s, processor time {cpu:.1f} s", flush=True)


def _count(sales: pd.DataFrame, label: str) -> int:
    return len(sales[label].cat.categories)


def _print_progress(stage: str, message: str) -> None:
    print(f"  {stage}: {message}", flush=True)
