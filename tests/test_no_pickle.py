"""No file that somebody else may have written is read in a way that runs what is in it."""

import ast
from pathlib import Path

import pytest

from api.services.job_submission import Dispatcher
from core.connections.redis_client import connect
from core.jobs import Ledger
from core.settings import Settings
from workers.app import make_app

ROOT = Path(__file__).parent.parent
OURS = sorted(
    path for part in ("api", "core", "workers", "lookalike") for path in (ROOT / part).rglob("*.py")
)
MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CALLS = {"surprise.dump", "torch.load", "pandas.read_pickle", "keras.models.load_model"}
ALLOWED = {
    # weights in torch's first file format: an Unpickler that finds storages and nothing else, and
    # refuses every other name; tests/core/encoders/networks/test_torch_file.py tries to get past it
    ("core/encoders/networks/torch_file.py", "pickle"),
}


def dangers(text):
    """What a module imports or calls that can run what it reads."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if is_danger(one.name))
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{one.name}" for one in node.names]
            yield from (one for one in names if is_danger(one))
        elif isinstance(node, ast.Attribute) and is_danger(ast.unparse(node)):
            yield ast.unparse(node)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield from [] if ast.unparse(node.value) == "False" else ["allow_pickle"]


def is_danger(name):
    short = name.replace("np.", "numpy.").replace("pd.", "pandas.")
    return short.partition(".")[0] in MODULES or short in CALLS


def test_nothing_of_ours_reads_pickles_but_what_is_allowed_with_its_reason():
    found = {
        (str(path.relative_to(ROOT)), name.partition(".")[0])
        for path in OURS
        for name in dangers(path.read_text())
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "import os, joblib as j",
        "from pickle import loads",
        "from surprise import dump",
        "surprise.dump.load(x)",
        "torch.load(x)",
        "np.load(x, allow_pickle=True)",
        "np.load(x, allow_pickle=maybe)",
        "pd.read_pickle(x)",
        "def f():\n    import shelve",
    ],
)
def test_what_reads_pickles_is_seen(text):
    assert list(dangers(text))


@pytest.mark.parametrize("text", ["np.load(x)", "np.load(x, allow_pickle=False)", "json.load(x)"])
def test_what_does_not_is_not(text):
    assert not list(dangers(text))


def test_workers_take_messages_in_json_alone():
    conf = make_app(Settings()).conf
    assert list(conf.accept_content) == ["json"]
    assert conf.task_serializer == conf.event_serializer == "json"
    assert conf.result_backend is None


def test_the_front_end_sends_messages_in_json():
    redis = connect("redis://127.0.0.1:1/0", timeout_s=1)  # never asked
    celery = Dispatcher("redis://127.0.0.1:1/0", Ledger(redis))._celery
    assert celery.conf.task_serializer == "json"
