"""The tab that says which methods are here, and loads others."""
