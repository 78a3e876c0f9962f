"""Nearest-neighbour search over image vectors: the interface and its Milvus implementation."""

from core.vectors.store import EncodedAttributes, Vector, VectorRow, VectorStore

__all__ = ["EncodedAttributes", "Vector", "VectorRow", "VectorStore"]
