"""Request and response models of the HTTP API, with their examples."""
