"""Nearest-neighbour search over image vectors: the interface and its Milvus implementation."""

from core.vectors.store import Vector, VectorRow, VectorStore

__all__ = ["Vector", "VectorRow", "VectorStore"]
