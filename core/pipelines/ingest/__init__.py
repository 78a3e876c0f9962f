"""Ingest jobs, which make the images of an upload searchable: plan, embed chunks, finish."""

from core.pipelines.ingest.embed import embed
from core.pipelines.ingest.finish import finish
from core.pipelines.ingest.isolation import embed_one_by_one, quarantine
from core.pipelines.ingest.plan import plan

__all__ = ["embed", "embed_one_by_one", "finish", "plan", "quarantine"]
