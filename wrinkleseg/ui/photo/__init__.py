"""The tab that looks at one photo, and its public interface."""
