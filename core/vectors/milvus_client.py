"""pymilvus, imported without pandas, which would cost every process 90 MB and a quarter second.

pymilvus needs pandas only for data frames, which Lookalike never passes to it. Import pymilvus only
through this module.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_PANDAS = ("pandas", "pandas.api.types")


class _Unused(ModuleType):
    """Stands in for a module: each of its names is a class that cannot be called."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__new__": _refuse})


def _refuse(unused: type, *_: object, **__: object) -> None:
    raise NotImplementedError(f"pymilvus was imported without pandas and calls {unused.__name__}")


@contextmanager
def _without_pandas() -> Iterator[None]:
    if "pandas" in sys.modules:
        yield
        return
    sys.modules.update({name: _Unused(name) for name in _PANDAS})
    try:
        yield
    finally:
        for name in _PANDAS:
            del sys.modules[name]


with _without_pandas():
    from pymilvus import DataType, MilvusClient, MilvusException
    from pymilvus.exceptions import DataNotMatchException, ParamError

__all__ = ["DataNotMatchException", "DataType", "MilvusClient", "MilvusException", "ParamError"]
