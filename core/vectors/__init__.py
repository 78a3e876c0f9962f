"""Vectors of images, found by likeness: what a store must do. Milvus is in its own module."""

from core.vectors.store import Vector, VectorRow, VectorStore

__all__ = ["Vector", "VectorRow", "VectorStore"]
