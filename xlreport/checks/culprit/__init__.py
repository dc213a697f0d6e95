"""Finding the culprit: which cells are wrong, and what they should hold."""
