"""What the routes share: receiving uploads, submitting jobs, collecting metrics."""
