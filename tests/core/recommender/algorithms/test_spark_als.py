"""ALS on Spark beside ALS here. What needs a Spark is thorough: it is half a gigabyte."""

import sys

import numpy as np
import pytest

from core.errors import NotInstalled, Unavailable
from core.recommender.algorithms.als import Als
from core.recommender.algorithms.spark_als import SparkAls
from core.recommender.interactions import Interactions
from core.recommender.options import RecommenderSettings
from core.recommender.purchases import lines_of
from core.recommender.training import train
from tests.core.recommender.algorithms.test_als import learned, of_their_kind
from tests.support.servers import free_port
from tests.support.spark_server import spark_home, spark_server
from tests.support.synthetic_shops import sold, tastes

SETTINGS = RecommenderSettings(svd_pairs=1, length=10, threads=1)
# ours goes by Arrow; its client looks for pandas all the same
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")


@pytest.fixture(scope="module")
def client():
    """Spark's client can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(spark_home()))
        yield


@pytest.fixture(scope="module")
def spark(client, tmp_path_factory):
    """The URL of a Spark."""
    with spark_server(tmp_path_factory.mktemp("spark")) as url:
        yield url


@pytest.mark.stack
@pytest.mark.thorough
def test_it_finds_what_als_on_this_machine_finds(spark):
    theirs, ours = SparkAls(spark, factors=8).fit(learned()), Als(factors=8).fit(learned())
    assert of_their_kind(theirs) > 0.8
    assert of_their_kind(theirs) == pytest.approx(of_their_kind(ours), abs=0.05)


@pytest.mark.stack
@pytest.mark.thorough
def test_whoever_bought_nothing_has_no_scores(spark):
    rows = [("ann", "A", "1", 1), ("ann", "B", "1", 1), ("bob", "A", "2", 2), ("cy", "C", "3", 3)]
    interactions = Interactions(lines_of(sold(rows), 5))  # two items that nobody bought
    interactions.lines.user[-1] = 0  # and "cy" has bought nothing
    scores = SparkAls(spark, factors=2).fit(interactions).scores(np.arange(3))
    assert scores.shape == (3, 5)
    assert scores[0, :3].all()
    assert not scores[2].any()
    assert not scores[:, 3:].any()


@pytest.mark.stack
@pytest.mark.thorough
def test_it_takes_the_place_of_als_where_there_are_many_lines(spark):
    shop = tastes(users=120, items=60)
    lines = len(shop.purchases.user)
    families = []
    for many in (lines, lines + 1):
        settings = SETTINGS.model_copy(update={"spark": spark, "spark_from": many})
        report = train(shop.purchases, shop.looks, settings).report
        families.append({one["family"] for one in report["validation"]} & {"als", "spark"})
    assert families == [{"spark"}, {"als"}]


@pytest.mark.stack
@pytest.mark.thorough
def test_a_spark_that_is_away_is_told(client):
    with pytest.raises(Unavailable, match="does not answer"):
        SparkAls(f"sc://127.0.0.1:{free_port()}").fit(learned())


def test_a_client_that_is_missing_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)  # it may have been imported before
    with pytest.raises(NotInstalled, match=r"lookalike\[spark\]"):
        SparkAls("sc://127.0.0.1:15002").fit(learned())
