"""Where the store keeps its files: a local folder or an S3 bucket."""
