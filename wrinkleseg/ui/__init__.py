"""The web page: a folder for each tab, and what they share. It takes functions (`services.Services`), so that it opens with fakes."""
