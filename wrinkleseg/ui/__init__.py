"""The web page: one file a tab. It takes functions (`services.Services`), so that it opens with fakes."""
