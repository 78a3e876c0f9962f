"""Patches of Milvus Lite's engine."""
