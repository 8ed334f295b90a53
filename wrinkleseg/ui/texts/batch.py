"""What the tab for many photos says."""

TAB = "Many photos"

FILES = "Photos, or a zip with photos"
LIMITS = "Up to {photos} photos at once, {each} MiB each, {total} MiB in all. Not kept: removed within the hour."
ABOUT_ZIP = "Folders in a zip are read too; their names become part of the photos’ names."
SETTINGS = "Settings: choice of method"
RUN = "Measure all photos"
STOP = "Stop after this photo"

EMPTY_TITLE = "A table of all your photos appears here"
EMPTY_STEPS = (
    ("Give photos", "Choose several at once, drop them, or give one zip."),
    ("Let it work", "Photo by photo. You see each row as soon as it is there, and can stop at any time."),
    ("Download", "One zip: tables for a spreadsheet, and the marked picture and masks of every photo."),
)
GOOD_TITLE = "To compare photos with one another"
GOOD = (
    "Take all of them in the same light, from the same place, with the same camera.",
    "One face in each photo; where there are several, the largest is measured.",
    "Name the files so that you know them again: the names are in the tables.",
)

READY_TITLE = {1: "One file is here", 2: "{count} files are here"}
READY = "Press “Measure all photos”. How long it takes is told after the first one."
READY_EARLIER = "Below is still the table that was made before."
WORKING_TITLE = "Photo {number} of {count}: {name}"
WORKING_FIRST = "The first photo takes a little longer."
WORKING_BAR = "{done} of {count} photos done"
LEFT_SECONDS = "Less than a minute left."
LEFT_MINUTES = {1: "About one minute left.", 2: "About {count} minutes left."}
STOPPING = "Stopping after this photo …"
DONE_TITLE = {1: "One photo is measured", 2: "All {count} photos are measured"}
PART_TITLE = "{good} of {count} photos are measured"
NONE_TITLE = "No photo could be measured"
STOPPED_TITLE = "Stopped: {good} of {count} photos are measured"
SKIPPED = {1: "One photo was skipped; its row says why.", 2: "{count} photos were skipped; their rows say why."}
ALL_GOOD = "Every photo could be used."
NOT_REACHED = {1: "One photo was not looked at.", 2: "{count} photos were not looked at."}

ERROR_TITLE = "These files cannot be measured together"
ERROR_BROKEN = "The work was broken off"
ERROR_STATE = "This table was removed from memory, as promised: after some time, or sooner where many visitors come. Give the photos again to go on."
ERROR_NO_FILES = "Give photos first: choose several at once, or one zip."

DOWNLOAD = "Download all results (.zip)"
DOWNLOAD_NAME = "wrinkleseg-photos.zip"
DOWNLOAD_HINT = (
    "photos.csv has one row a photo, measures.csv one row a photo and zone; index.html shows them all. Each photo has a folder "
    "with its marked picture, masks and figures."
)

CAPTION = "Whole face, photo by photo"
FOUND_BY = "{title}. Marked where the probability is above: {thresholds}."
PHOTO = "Photo"
COLUMNS = (
    ("wrinkle_area_percent", "Wrinkles", "% of skin", "{:.2f}"),
    ("wrinkle_length", "Length", "eye dist.", "{:.2f}"),
    ("wrinkle_count", "Lines", "count", "{:d}"),
    ("pore_count", "Pores", "count", "{:d}"),
    ("pore_density_percent", "Pore area", "% of skin", "{:.2f}"),
)
QUALITY = "About the photo"
QUALITY_UNIT = "things to mend"
QUALITY_GOOD = "Good"
QUALITY_SHORT = {
    "picture_small": "small picture",
    "face_small": "face too small",
    "pores_unresolved": "too small for pores",
    "face_far": "face far away",
    "cut_off": "face cut off",
    "turned_sideways": "turned sideways",
    "tipped": "tipped up or down",
    "blurred": "blurred",
    "too_dark": "too dark",
    "too_bright": "too bright",
    "side_light": "light from the side",
    "several_faces": "several faces",
}
"""By the codes of `quality.QualityWarning`."""
NOTE_SHORT = "changed when read"
SKIPPED_ROW = "Skipped:"
NONE = "–"
SORT_BY = "Sort by"
SORT_HINT = "Choose a name above the figures to sort by it. Figures are of the whole face; the download has every zone."
NO_SCALE = "Length is over the distance between the two eyes. A photo has no scale, so nothing is in millimetres."

API_DESCRIPTION = (
    "Measure wrinkles and pores on many photos. Takes photos and zips of photos; returns a list with a row for each photo "
    "(measures of every zone, or why it was skipped) and a zip with tables and pictures. Without a method: the usual one."
)


def counted(forms: dict[int, str], count: int) -> str:
    """The form for one or for several."""
    return forms[1 if count == 1 else 2].format(count=count)
