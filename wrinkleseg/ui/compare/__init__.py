"""The tab that compares methods on one photo."""
