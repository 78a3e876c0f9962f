"""Rebuild and encoder-change jobs: vectors recomputed from the store, all or only missing ones."""

from core.pipelines.reindex.embed import embed
from core.pipelines.reindex.finish import finish
from core.pipelines.reindex.plan import plan

__all__ = ["embed", "finish", "plan"]
