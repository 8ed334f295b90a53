"""What the result of one photo says: the chart of the face, the zone that was chosen, the close-up, and waiting."""

CHART_TITLE = "Your face as a map"
CHART_MEASURE = "Colour the map by"
CHART_MEASURES = {
    "wrinkle_area_percent": ("Wrinkle area", "% of the visible skin of each zone", "{:.1f}", "{:.1f} %"),
    "wrinkle_length": ("Wrinkle length", "times the distance between the eyes", "{:.1f}", "{:.1f} ×"),
    "wrinkle_count": ("Lines", "wrinkle lines in each zone", "{:d}", "{:d}"),
    "pore_count": ("Pores", "pores in each zone", "{:d}", "{:d}"),
}
"""Field of `Measures` -> its name, what is counted, the figure inside a zone, the figure with its unit."""
CHART_LABEL = "Map of the face: {title}. Every zone is a button."
CHART_SCALE = "Scale: {title}, {unit}, from {low} to {high}"
CHART_HIDDEN = "not visible on this photo"
CHART_HINT = "The darkest colour is the top of this photo’s own scale, not a limit of any kind. Left and right are the person’s own."
ZONE_FIGURE = "{zone}: {figure}"

SAID_AREA = "{percent:.1f} % of the visible skin is marked as wrinkles"
SAID_AREA_SMALL = "less than 0.1 % of the visible skin is marked as wrinkles"
SAID_LINES = {0: "no line is long enough to count", 1: "1 line", 2: "{count} lines"}
SAID_LENGTH = "together as long as {length:.1f} times the distance between the eyes"
SAID_LENGTH_SMALL = "together shorter than a tenth of the distance between the eyes"
SAID_NO_WRINKLE = "no wrinkle is marked"
SAID_PORES = {0: "no pore is marked", 1: "1 pore is marked", 2: "{count} pores are marked"}
SAID_PORES_AREA = {1: "it covers {share} of the visible skin", 2: "they cover {share} of the visible skin"}
SHARE, SHARE_SMALL = "{percent:.1f} %", "less than 0.1 %"
SAID_HIDDEN = "not visible on this photo, so nothing is measured there"
SAID_HINT = "Choose a zone on the picture, on the map or in a table to see it close up."
SAID_TASKS_HIDDEN = {"wrinkle": "wrinkles cannot be seen here", "pore": "pores cannot be seen here"}

SCENE = "The photo with the result drawn on it. Plus and minus zoom, arrows move, 0 shows the whole face again."
SCENE_ORIGINAL = "The photo as it was given"
SCENE_RESULT = "The photo with the result drawn on it; its figures are in the tables below"
ZOOM = {"in": "Zoom in", "out": "Zoom out", "whole": "Whole face"}
ZOOM_WHOLE_PHOTO = "Whole photo"
ZOOM_BAR = "Zoom of the picture"
CLOSE_UP = "See the pores"
CLOSE_UP_LABEL = "See the pores: every pixel of the photo twice as large, at the chosen zone or on a cheek"
FULL_SCREEN = "Full screen"
WIPE = "Original or result"
SCENE_HINT = "Turn the wheel or pinch to zoom, drag to move. Move the round handle to see the original on its left."

CANCEL = "Cancel"
CANCELLED = "Stopped. Below is still the earlier result, for {name}."
CANCELLED_EMPTY = "Stopped. Nothing was measured."
