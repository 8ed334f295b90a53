"""The tab that measures many photos, and its public interface."""
