"""What routes share: form uploads, job submission, encoder availability, metrics, URLs."""
