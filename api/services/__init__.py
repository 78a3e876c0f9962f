"""Services shared by routes: uploads, job submission, encoder availability, metrics, URLs."""
