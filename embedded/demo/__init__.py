"""The demo shop: drawn pictures of clothes, a manifest, and made-up sales; the same for a seed."""
