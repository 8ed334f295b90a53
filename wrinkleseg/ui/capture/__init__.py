"""The camera of a photo input: an outline over the live picture, advice while it runs, a self-timer."""
