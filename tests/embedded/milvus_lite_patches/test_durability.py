"""The durability patches, on the engine without a server."""

import threading
import time

from milvus_lite.db import MilvusLite
from milvus_lite.engine.collection import Collection

from embedded.milvus_lite_patches import durability
from tests.embedded.milvus_lite_patches.engine_rows import SCHEMA


def test_concurrent_readers_open_a_collection_only_once(tmp_path, monkeypatch):
    durability.apply()
    with MilvusLite(str(tmp_path)) as database:
        database.create_collection("shop", SCHEMA)
    opened, opening = [], Collection.__init__

    def open_slowly(self, *arguments, **options):
        opened.append(self)
        time.sleep(0.05)
        opening(self, *arguments, **options)

    monkeypatch.setattr(Collection, "__init__", open_slowly)
    with MilvusLite(str(tmp_path)) as database:
        threads = [threading.Thread(target=database.get_collection, args=["shop"]) for _ in "1234"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(opened) == 1
