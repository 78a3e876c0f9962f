"""Nearest-neighbour search over image vectors: the interface, Milvus, and an in-memory oracle."""

from core.vectors.store import Vector, VectorRow, VectorStore

__all__ = ["Vector", "VectorRow", "VectorStore"]
