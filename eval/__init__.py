"""Measure what the library does, on real photos with human masks."""
