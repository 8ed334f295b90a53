"""The tab that compares photos of one person taken at different times."""
