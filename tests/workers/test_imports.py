"""What the processes of a stack load when they start: it costs them all time and memory."""

import subprocess
import sys

import pytest

LARGE = {
    "flower",
    "keras",
    "openvino",
    "pandas",
    "pyspark",
    "scipy",
    "surprise",
    "tensorflow",
    "tokenizers",
}
WORKER = "workers.__main__", "workers.tasks", "workers.heartbeat", "workers.periodic"


def run_python(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("modules", [WORKER, ("embedded.milvus_server",)], ids=["worker", "milvus"])
def test_a_process_loads_large_libraries_only_when_it_needs_them(modules: tuple[str, ...]) -> None:
    loaded = run_python(f"import sys, {', '.join(modules)}; print(*sys.modules)")
    assert not LARGE & set(loaded)


def test_pandas_works_although_pymilvus_was_imported_without_it() -> None:
    code = "import core.vectors.milvus, pandas; print(pandas.DataFrame({'a': [7]}).a.sum())"
    assert run_python(code) == ["7"]


def test_pymilvus_cannot_silently_misuse_the_stand_in_for_pandas() -> None:
    code = """
import core.vectors.milvus_client, pymilvus.orm.schema as schema
try:
    schema.is_scalar(1)
except NotImplementedError as exc:
    print(exc)
"""
    assert " ".join(run_python(code)) == "pymilvus was imported without pandas and calls is_scalar"
