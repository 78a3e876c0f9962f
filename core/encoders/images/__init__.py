"""Decoding, preprocessing and thumbnails of images from untrusted files."""
