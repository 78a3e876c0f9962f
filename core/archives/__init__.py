"""Zip, tar and gzip files, and the limits that guard against zip bombs."""
