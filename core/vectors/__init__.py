"""Nearest-neighbour search over image vectors: the interface, and Milvus."""

from core.vectors.store import Vector, VectorRow, VectorStore

__all__ = ["Vector", "VectorRow", "VectorStore"]
