"""Encoders whose networks are ONNX files: of the catalogue, and an operator's own."""
