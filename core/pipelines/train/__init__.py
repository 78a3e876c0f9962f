"""Training jobs, from sales and images to served lists; only worker-train imports this package."""
