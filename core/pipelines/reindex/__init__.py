"""Rebuild and encoder-change jobs: they recompute all or only the missing vectors from images."""

from core.pipelines.reindex.embed import embed
from core.pipelines.reindex.finish import finish
from core.pipelines.reindex.plan import plan

__all__ = ["embed", "finish", "plan"]
