"""What is learned from sales and looks, and the lists made of it. Arithmetic only."""
