"""Texts of the tab where a person draws a data set."""

TAB = "Annotate"

FILES = "Photos, or a data set that you saved here (zip)"
FILES_HINT = "Several at once are fine. Whatever you add joins the data set that is open."

EMPTY_TITLE = "Draw your own data set"
EMPTY_STEPS = (
    ("Give photos", "One or many. A data set that you saved here can be opened again."),
    (
        "Paint roughly",
        "Go over wrinkles or pores with a thick brush. The crisp lines under your strokes appear at once.",
    ),
    ("Save", "One zip with photos and masks that training and evaluation read as they are."),
)
EMPTY_MORE = "You can also start from the result of any method, and mend it with brush and eraser."

OPENING = "Opening your files"
STEPS = ("Reading the files", "Finding the face", "Showing the photo")

LIST = "Photos of the data set ({count})"
LIST_DONE = "painted"
LIST_EMPTY = "nothing painted yet"
NUMBER = "Photo {number} of {count}, {width} × {height} px"
PREVIOUS = "Previous photo"
NEXT = "Next photo"
REMOVE = "Take this photo out"

NAME = "Name of the data set"
NAME_DEFAULT = "annotations"
SAVE = "Save data set (zip)"
SAVED = "Everything is saved."
UNSAVED = "Not saved yet: save the data set before you leave. The page forgets it after 30 minutes without a click."
SAVED_NOW = "Saved as {name} ({size:.1f} MB). Keep that file: it opens here again."

EDITOR = "Drawing area. Paint with mouse, pen or finger; keys are listed below it."
TOOLS = "Drawing tools"
LAYER = "Paint"
LAYERS = {"wrinkle": "Wrinkles", "pore": "Pores", "zone": "Area looked at"}
TOOL = "Tool"
TOOL_NAMES = {"brush": "Brush", "eraser": "Eraser", "move": "Move"}
SIZE = "Brush size"
HISTORY = "Undo, redo, clear"
UNDO = "Undo"
REDO = "Redo"
CLEAR = "Clear"
ZOOM = "Zoom"
ZOOM_IN = "Zoom in"
ZOOM_OUT = "Zoom out"
ZOOM_WHOLE = "Whole photo"
SHOW = "Show"
SHOWN = {"photo": "Photo", "strokes": "Strokes", "crisp": "Crisp result"}
KEYS = "Keys"
KEY_LIST = (
    ("B, E, M", "brush, eraser, move"),
    ("1, 2, 3", "wrinkles, pores, area looked at"),
    ("[ and ]", "smaller and larger brush"),
    ("Ctrl+Z, Ctrl+Y", "undo, redo (Cmd on a Mac)"),
    ("+, −, 0", "zoom in, zoom out, whole photo; the wheel zooms as well"),
    ("Arrows, or hold Space and drag", "move the photo"),
    ("P, S, C", "show or hide photo, strokes, crisp result"),
    ("Two fingers", "zoom and move on a touch screen"),
)
ZONE_NOTE = "“Area looked at” is for photos that you annotate only in part: outside it, scores leave the photo out."
WORKING = "Finding the marks under your strokes …"
LEGEND_ROUGH = {
    "wrinkle": "Strokes: wrinkles",
    "pore": "Strokes: pores",
    "zone": "Area looked at",
}
LEGEND_CRISP = {"wrinkle": "Crisp lines", "pore": "Crisp pores"}

COUNTS = {"wrinkle": ("line", "lines"), "pore": ("pore", "pores")}
SHARE_SKIN = "{share:.2f} % of the skin"
SHARE_PHOTO = "{share:.2f} % of the photo"
NOTHING_FOUND = "Strokes, but no {what} under them: lower the slider below, or paint where the photo shows some."
NOTHING_PAINTED = "nothing painted"

TUNE = "How clear must a mark be?"
STRICTNESS = {"wrinkle": "Lines", "pore": "Pores"}
STRICTNESS_INFO = {"wrinkle": "Lower keeps fainter lines", "pore": "Lower keeps fainter pores"}
WIDTH = "Width of the face, in pixels of the photo"
WIDTH_FOUND = "Measured on the face that was found. It sets how wide lines and pores may be."
WIDTH_GUESSED = (
    "No face was found, so the width of the photo stands in, or what you set. In a close-up, enter how wide the whole "
    "face would be: it sets how wide lines and pores may be."
)

START = "Start from a method’s result"
START_HINT = (
    "Its marks become strokes, in place of those that you painted on this photo for the same task. "
    "Erase what is wrong and add what is missing. This cannot be undone."
)
START_TASK = "What"
START_METHOD = "Method"
START_RUN = "Start from its result"
STARTED = "The strokes are now those of {name}."

ERROR_TITLE = "This could not be done"
ERROR_SOME = "Some files could not be used"
ERROR_LARGE = "{name} is larger than {most} MiB: split the data set."
ERROR_MANY = "A data set holds at most {most} photos and {size} MiB of pictures: save this one and start another."
ERROR_WIDTH = "The width of the face must lie between 8 and 100000 pixels, got {value:g}."
ERROR_NO_FACE = "No face was found in this photo, and the methods need one. You can still paint by hand."
ERROR_GONE = "The page has forgotten this data set: it keeps one for 30 minutes without a click. Open the zip that you saved last."
ERROR_METHOD = "Choose a method first."

API_DESCRIPTION = (
    "Crisp mask under a rough annotation. photo: the picture. rough: a picture of the same size, white where wrinkles or "
    "pores were painted over. task: wrinkle or pore. strictness: how clear a mark must be (empty: the usual). face_width: "
    "in pixels, for close-ups (empty: of the largest face). Gives the mask, 0 and 255, and its counts."
)
API_SIZES = "The annotation is {rough} px, the photo {photo} px: paint at the photo’s own size."
API_NO_FACE = "No face was found. Give face_width in pixels: how wide the whole face would be in this photo."
API_BOTH = "Give two files: the photo, and the rough annotation as a picture of the same size."
