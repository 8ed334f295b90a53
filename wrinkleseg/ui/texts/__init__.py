"""Every text that a person reads on the page, in one place. Words that anyone understands come first."""

TITLE = "wrinkleseg"
TAGLINE = "See the wrinkles and pores on a photo of a face, zone by zone."
NOT_MEDICAL = (
    "For looking and measuring only. This is not a medical device: it gives no diagnosis and no advice on treatment."
)
PRIVACY = (
    "Your photo stays on the computer that runs this page, in the page's own temporary folder. It goes, with "
    "everything made from it, when you close the page, and at the latest within the hour."
)

PRIVACY_SHORT = "Not kept: photos and results are removed within the hour."

PHOTO = "Photo of a face"
PHOTO_HINT = "Drop a photo here, or choose one\nThe face from the front, in even light"
OTHER_FILE = "Other file"
EXAMPLE_HEADING = "No photo at hand? Try one of these:"

FACES_HEADING = "There are {count} faces in this photo. Which one?"
FACE = "Face {number}"
FACE_LARGEST = "Face {number} (largest)"

SETTINGS = "Settings: choice of method"
WRINKLE_METHOD = "Wrinkles are found by"
PORE_METHOD = "Pores are found by"
CLASSICAL = "image filter, no training"
NETWORK = "neural network, {millions:.1f} million parameters"
NETWORK_SHORT = "trained network"
LICENCE = "Licence"
WEIGHTS = "weights"

EMPTY_TITLE = "Your result appears here"
EMPTY_STEPS = (
    ("Give a photo", "Upload it, take it with the camera, or paste it."),
    ("Look", "Wrinkles and pores are drawn on it. Move the handle to compare with the original."),
    ("Measure", "Every zone of the face gets its own figures, ready to download."),
)
GOOD_PHOTO_TITLE = "What makes a good photo"
GOOD_PHOTO = (
    "Look straight into the camera, with a relaxed face.",
    "Soft, even light from the front: facing a window works well.",
    "Hair off the forehead, glasses off, no filter or beauty mode.",
    "The face fills most of the picture, and is sharp.",
)

STEPS = ("Reading the photo", "Finding the face", "Looking for wrinkles and pores", "Drawing and measuring")
WORKING = "Working on {name}"

RESULT = "Result"
RESULT_OF = "Result for {name}"
FACE_OF = "face {number} of {count}"
SECONDS = "{seconds:.1f} s"
COMPARE = "Original on the left of the handle, result on the right"
COMPARE_HINT = "Drag the handle: the original is on its left, the result on its right."
ORIGINAL = "Original"
SHRUNK = "Shown smaller than your photo ({width} × {height} px). The download has the full size."

VIEW = "Show as"
FRAME = "Look at"
FRAMES = {"face": "The face", "photo": "Whole photo"}
VIEWS = {"overlay": "Colour", "contour": "Outlines", "heat": "Heat map"}
TASKS = {"wrinkle": "Wrinkles", "pore": "Pores"}
TASKS_LABEL = "Show"
ZONES_TOGGLE = "Draw the zones of the face"
OPACITY = "Strength of the colour"
OPACITY_INFO = "Lower lets the skin show through"
THRESHOLD = {"wrinkle": "Wrinkle threshold", "pore": "Pore threshold"}
THRESHOLD_INFO = {"wrinkle": "Lower shows fainter lines", "pore": "Lower shows fainter pores"}
RESET = "Back to the usual thresholds"
LEGEND = "Colours"
LEGEND_HEAT = "{tasks}: how sure the method is, from dark (not at all) to bright (quite sure)"
LEGEND_ZONES = "Edge of a zone"

SUMMARY = "Whole face"
TILES = {
    "wrinkle_area_percent": ("of the visible skin is covered by wrinkles", "{:.1f} %"),
    "wrinkle_length": ("the distance between the eyes: length of all wrinkles together", "{:.1f} ×"),
    "wrinkle_count": ("wrinkle lines", "{:d}"),
    "pore_count": ("pores", "{:d}"),
    "pore_density_percent": ("of the visible skin is covered by pores", "{:.1f} %"),
}
LEAST_PERCENT = 0.05
"""A share that is there but below this would read 0.0 %: it is said to be small."""
TABLE_HEADING = {"wrinkle": "Wrinkles by zone", "pore": "Pores by zone"}
ZONE_COLUMN = "Zone"
COLUMNS = {
    "wrinkle": (
        ("wrinkle_area_percent", "Area", "% of skin", "{:.2f}"),
        ("wrinkle_length", "Length", "eye dist.", "{:.2f}"),
        ("wrinkle_count", "Lines", "count", "{:d}"),
        ("wrinkle_mean_width_px", "Width", "px", "{:.1f}"),
    ),
    "pore": (
        ("pore_count", "Pores", "count", "{:d}"),
        ("pore_density_percent", "Area", "% of skin", "{:.2f}"),
        ("pore_per_eye_area", "Density", "per eye area", "{:.0f}"),
        ("pore_mean_size_px", "Size", "px", "{:.1f}"),
    ),
}
NOT_VISIBLE = "not visible"
NONE_FOUND = "–"
SORT_HINT = (
    "Choose a column's name to sort. Left and right are the person's own. A line on an eyelid lies in no zone: it counts for the "
    "whole face only."
)
EXPLAIN_TITLE = "What do these figures mean?"
EXPLAIN = (
    (
        "Area",
        "How much of the visible skin of that zone is marked, in per cent. Eyes, lips, brows and hair do not count.",
    ),
    (
        "Length",
        "All lines of the zone laid end to end, over the distance between the two eyes. 1.00 is one such distance.",
    ),
    (
        "Lines",
        "Separate lines in the zone; short marks have an area and a width, but are no lines. A line that runs through two zones counts in both, and once for the whole face.",
    ),
    ("Width, Size", "Mean width of a line, mean diameter of a pore, in pixels of your photo."),
    ("Density", "Pores on a patch of skin as wide and as high as the distance between the eyes."),
    ("T-zone", "Forehead and between the brows, as in studies of skin. The nose counts in “Nose and cheeks”."),
    ("Not visible", "Too little skin of the zone is on the photo: it is hidden, turned away, or out of the picture."),
)
NO_SCALE = "A photo has no scale, so nothing here is in millimetres. Compare photos taken in the same light, from the same place."
FOOTNOTE = "Method: {method}. Licence: {licence}. Thresholds: {thresholds}. Score version {version}."

ZONES = {
    "whole": "Whole face",
    "forehead": "Forehead",
    "glabella": "Between the brows",
    "crows_feet_left": "Crow’s feet, left",
    "crows_feet_right": "Crow’s feet, right",
    "under_eye_left": "Under the eye, left",
    "under_eye_right": "Under the eye, right",
    "nasolabial_left": "Nose to mouth, left",
    "nasolabial_right": "Nose to mouth, right",
    "marionette_left": "Mouth to chin, left",
    "marionette_right": "Mouth to chin, right",
    "cheek_left": "Cheek, left",
    "cheek_right": "Cheek, right",
    "nose": "Nose",
    "chin": "Chin",
    "t_zone": "T-zone",
    "eye_zone": "Around the eyes",
    "butterfly_zone": "Nose and cheeks",
}

ZONE_LABELS = {
    "crows_feet_left": "crow's feet",
    "crows_feet_right": "crow's feet",
    "under_eye_left": "under eye",
    "under_eye_right": "under eye",
    "nasolabial_left": "nose-mouth",
    "nasolabial_right": "nose-mouth",
    "marionette_left": "mouth-chin",
    "marionette_right": "mouth-chin",
    "cheek_left": "cheek",
    "cheek_right": "cheek",
    "glabella": "brows",
}
"""Short, plain letters only: they are written into the picture, where the side is plain to see."""

DOWNLOAD = "Download the result (.zip)"
DOWNLOAD_HINT = "Report, figures as JSON and CSV, and masks as PNG, in the full size of your photo."

ERROR_TITLE = {
    "picture": "This file cannot be used",
    "face": "No face to look at",
    "method": "This method cannot be used",
    "mask": "This mask cannot be used",
    "photo": "There is no photo yet",
    "expired": "This result has run out",
    "other": "Something went wrong",
}
ERROR_OTHER = "The page made a mistake, not you. Try again; if it happens again, try another photo."
ERROR_MEMORY = (
    "This photo needs more memory than there is. Make it smaller, for example 2000 pixels wide, and try again."
)
ERROR_DISK = (
    "The computer that runs this page has no room left to write results, or may not write them. Your photo is fine: try "
    "again later."
)
ERROR_GONE = "This file is no longer here: photos are removed within the hour. Give the photo again."
ERROR_METHOD = "There is no method {name!r} here. Choose {offered}, or two of them joined by +."
ERROR_NO_PHOTO = "No photo came. Send a file in JPEG, PNG, WebP, HEIC or TIFF."
STILL_SHOWN = "Below is still the earlier result, for {name}."
EXPIRED = (
    "This result was removed from memory, as promised: after some time, or sooner where many visitors come. "
    "Give the photo again to go on."
)

TAB_PHOTO = "Your photo"
TAB_COMPARE = "Side by side"
TAB_DASHBOARD = "Dashboard"

COMPARE_TASK = "What to look for"
COMPARE_METHODS = "Methods to compare"
COMPARE_METHODS_INFO = "Choose two to four"
COMPARE_CHOSEN = "{count} of up to {most} chosen."
COMPARE_CHOOSE = "Choose two to four different methods to compare; {count} came."
COMPARE_ABOUT = "About these methods"
COMPARE_TRUTH = "Compare with marks drawn by a person"
COMPARE_TRUTH_LABEL = "Mask of this photo (optional)"
COMPARE_TRUTH_HINT = (
    "A picture as large as the photo, or of the same shape: white where a person sees a wrinkle (or a pore), black elsewhere. "
    "Every method is then scored against it."
)
COMPARE_RUN = "Compare"
COMPARE_EMPTY_TITLE = "Do two methods see the same wrinkles?"
COMPARE_EMPTY_STEPS = (
    (
        "Give a photo",
        "Upload it, take it with the camera, or try an example. One that you gave in the first tab comes along.",
    ),
    ("Choose methods", "They are different ways to find wrinkles or pores: trained networks, and plain image filters."),
    ("Compare", "All pictures zoom and move together, and a map shows where the methods agree."),
)
COMPARE_READY_TITLE = "The photo is here"
COMPARE_READY = "Choose two to four methods on the left, then press “Compare”."
COMPARE_NO_PHOTO = "There is no photo in memory: upload one, take one with the camera, or choose an example."
COMPARE_RESULT = {"wrinkle": "Wrinkles on {name}, side by side", "pore": "Pores on {name}, side by side"}
COMPARE_FIND = "Finding the face"
COMPARE_PICTURES = (
    "Pictures of every method; they zoom and move together. Plus and minus zoom, arrows move, 0 shows all again."
)
COMPARE_ZOOM_HINT = "Turn the wheel or pinch to zoom, drag to move: all pictures follow. Keys: + − and arrows."
COMPARE_ZOOM = {"in": "Zoom in", "out": "Zoom out", "whole": "Show all"}
COMPARE_ZOOM_BAR = "Zoom of all pictures together"
COMPARE_PLAIN = "Hide the marks"
COMPARE_ALT = "The face with what {title} marks"
COMPARE_ALT_PHOTO = "The photo without marks"
COMPARE_WAITING = "Waiting"
COMPARE_WORKING = "Looking …"
COMPARE_FAILED = "No result: {message}"

NUMBERS = ("none", "one", "two", "three", "four")
AGREEMENT = "Where they agree"
AGREEMENT_ALT = "Map of how many methods mark each place; its figures follow below"
AGREEMENT_LEVEL = "marked by {count} of {methods}"
AGREEMENT_ONE = "marked by one alone"
AGREEMENT_ALL = "marked by {all}"
AGREEMENT_SHARE = "<b>{share:.0f} %</b> of everything that any of them marks is marked by {all}."
ALL = {2: "both", 3: "all three", 4: "all four"}
AGREEMENT_NONE = "None of them marks anything on this photo."
AGREEMENT_SKIN = "{percent:.2f} % of skin"
AGREEMENT_LACKING = "Two results are needed to see where methods agree."

FIGURES = "Figures"
FIGURE_COLUMN = "Whole face"
SECONDS_ROW = ("Time", "seconds, without finding the face")
PARAMETERS_ROW = ("Size", "million parameters")
NO_PARAMETERS = "none"
SCORES_HEADING = "Against the person’s mask"
SCORES = {
    "wrinkle": (
        ("iou", "IoU", "0 to 1"),
        ("f1", "F1", "0 to 1"),
        ("cldice", "clDice", "0 to 1"),
        ("line_f1", "Centreline F1", "within 3 px"),
    ),
    "pore": (("iou", "IoU", "0 to 1"), ("f1", "F1", "0 to 1"), ("centre_f1", "Centre F1", "within 4 px")),
}
COMPARE_EXPLAIN = (
    (
        "Time",
        "How long the method itself looked, on the computer that runs this page. The face is found once, for all.",
    ),
    ("Size", "Numbers that a network has learned. An image filter has learned none."),
)
SCORES_EXPLAIN = {
    "wrinkle": (
        ("IoU, F1", "How far the marked pixels are the same as the person’s. 1 is the same, 0 is nothing in common."),
        ("clDice", "As F1, but for the middle lines: a line counts that runs inside the other’s line."),
        (
            "Centreline F1",
            "Middle lines that run within 3 pixels of the person’s, on the photo made 500 pixels wide: width does not matter.",
        ),
    ),
    "pore": (
        ("IoU, F1", "How far the marked pixels are the same as the person’s. 1 is the same, 0 is nothing in common."),
        ("Centre F1", "Pores whose centre lies within 4 pixels of one of the person’s."),
    ),
}
ONE_PHOTO = "Every method marks at its own usual threshold. One photo cannot say which method is better. Two people who mark the same photo differ as well."
ERROR_MASK_SHAPE = (
    "The mask has {width} × {height} pixels, the photo {photo_width} × {photo_height}: they cannot show the same picture. "
    "Give a mask of the photo’s size, or of the same shape."
)
ERROR_MASK_FULL = (
    "The mask marks {percent:.0f} % of the picture. Expected are thin white marks on black: is it another picture, or are "
    "black and white swapped?"
)

API_DESCRIPTION = (
    "Find wrinkles and pores on a photo of a face. Returns the measures of every zone, the drawn picture (PNG) "
    "and the whole result (zip). Without a method or a threshold: the usual one."
)


def zone_name(zone: str) -> str:
    """Readable name of a zone; a zone that has none here is spelt out."""
    return ZONES.get(zone, zone.replace("_", " ").capitalize())
