"""No file or message that others may have written is read in a way that can run code."""

import ast
from pathlib import Path

import pytest

from api.services.job_submission import Dispatcher
from core.connections.redis_client import connect
from core.jobs import Ledger
from core.settings import Settings
from workers.app import make_app

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "core", "embedded", "workers", "lookalike")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CALLS = {"surprise.dump", "torch.load", "pandas.read_pickle", "keras.models.load_model"}
ALLOWED = {
    # Weights in torch's first file format: an Unpickler that resolves storages only, and refuses
    # every other name; tests/core/encoders/networks/test_torch_weights.py tries to get past it.
    ("core/encoders/networks/torch_weights.py", "pickle"),
}


def unsafe_names(text):
    """Yield everything a module imports or uses that can run code from the data it reads."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_unsafe(alias.name))
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in names if is_unsafe(name))
        elif isinstance(node, ast.Attribute) and is_unsafe(ast.unparse(node)):
            yield ast.unparse(node)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield from [] if ast.unparse(node.value) == "False" else ["allow_pickle"]


def is_unsafe(name):
    full_name = name.replace("np.", "numpy.").replace("pd.", "pandas.")
    return full_name.partition(".")[0] in MODULES or full_name in CALLS


def test_no_module_reads_pickles_without_a_documented_reason():
    unsafe = {
        (str(path.relative_to(ROOT)), name.partition(".")[0])
        for path in SOURCES
        for name in unsafe_names(path.read_text())
    }
    assert unsafe == ALLOWED


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
def test_unsafe_code_is_detected(text):
    assert list(unsafe_names(text))


@pytest.mark.parametrize("text", ["np.load(x)", "np.load(x, allow_pickle=False)", "json.load(x)"])
def test_safe_code_is_accepted(text):
    assert not list(unsafe_names(text))


def test_workers_accept_json_messages_only():
    conf = make_app(Settings()).conf
    assert list(conf.accept_content) == ["json"]
    assert conf.task_serializer == conf.event_serializer == "json"
    assert conf.result_backend is None


def test_the_api_sends_messages_as_json():
    redis = connect("redis://127.0.0.1:1/0", timeout_s=1)  # no request is sent
    celery = Dispatcher("redis://127.0.0.1:1/0", Ledger(redis))._celery
    assert celery.conf.task_serializer == "json"
