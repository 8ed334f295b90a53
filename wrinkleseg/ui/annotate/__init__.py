"""The tab where a person draws what they see, and gets a data set."""
