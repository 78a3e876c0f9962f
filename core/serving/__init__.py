"""Selection of the items that a list shows, from published candidates; pure Python."""
