"""Texts of the tab that follows one face over time."""

TAB = "Before and after"

FILES = "Photos of one person (2 to {most})"
FILES_HINT = "Two or more photos of one face, taken in the same light. Two on the same day show how much photos differ by chance."
DATES = "When were they taken?"
DATES_ALL = "Give all of them a date, or none."
DATES_HINT = f"Optional. Without dates the photos count in the order above; with dates, by date. {DATES_ALL}"
DATE = "Date of {name}"
DATE_COUNT = "{dated} of {count} photos have a date."
SETTINGS = "Settings: choice of method"
RUN = "Compare"
STOP = "Stop"

EMPTY_TITLE = "What has changed?"
EMPTY_STEPS = (
    ("Give two or more photos", "Of one person, from the front, with a relaxed face, in the same light."),
    ("Say when", "Add the dates if you know them. Two photos of one day make the answer surer."),
    ("Compare", "The photos are laid on one another; every zone gets its figures, and what photos differ by anyway."),
)
READY_TITLE = "{count} photos are here"
READY = "Add dates if you like, then press “Compare”."
READY_ONE_TITLE = "One photo is here"
READY_ONE = "Add at least one more of the same person."
STEP = "{name} ({number} of {count})"
STEP_LAST = "Comparing"
WORKING = "{count} photos"

FAILED_TITLE = "These photos cannot be compared"
BEFORE = "Below is still the comparison that was made before."
STOPPED_TITLE = "Stopped"
STOPPED = "Nothing was kept. Press “Compare” to start again."
TOO_FEW = "{count} usable photo is left, and a comparison needs two: {reasons}"
TOO_FEW_GIVEN = "A comparison needs at least two photos of one person; {count} came. Add photos on the left."
TOO_MANY = "{count} photos came; at most {most} are compared at once. Take some away on the left."
BAD_DATE = "“{date}” for {name} is no date. Write the year, month and day, for example 2025-03-31."
DATE_PAIRS = "{dates} dates came for {photos} photos. Give one date for each photo, in the same order, or none at all."
EXPIRED = "This result was removed from memory, as promised: after some time, or sooner where many visitors come. Press “Compare” again."

RESULT = "From {before} to {after}"
RESULT_FACTS = "{count} photos · {method}"
SKIPPED_TITLE = "Left out"
FLAGS_TITLE = "Not taken alike: {name}"
FLAGS_MEANING = "Differences below may come from this rather than from the skin."
NOTES = {1: "one note", 2: "{count} notes"}
QUALITY_TITLE = "About {name}"
LARGEST = "There are {count} faces in this photo."
LARGEST_ADVICE = "The largest was used. If that is another person, cut the photo."
UNSURE = "The face does not lie well on the first one."
UNSURE_ADVICE = (
    "It is turned, it moves (a smile, raised brows), or it is another person: the comparison says little then."
)
ALIKE = "Light, colours, sharpness, size and pose are about the same in all photos. A smile or raised brows make lines as well: compare relaxed faces."

LATER = "Compare the first photo with"
MARKS = "Draw what was found"
SLIDER = "First photo on the left of the handle, later photo on the right"
LEFT, RIGHT = "← {label}", "{label} →"
SLIDER_HINT = (
    "Drag the handle, or move it with the arrow keys. The photo on the right is laid on the first by the points of the face that do not move; grey at an edge lies "
    "outside of it."
)
LABEL = "{name}, {date}"
LABEL_PLAIN = "photo {number}: {name}"
DAY = "{date}"
DAY_PLAIN = "photo {number}"
REPEAT = "{label} (same date as the first)"

MEASURE = "What to compare"
MEASURES = {
    "wrinkle_area_percent": ("Wrinkles: area", "% of skin", "{:.2f}"),
    "wrinkle_length": ("Wrinkles: length", "eye distances", "{:.2f}"),
    "wrinkle_count": ("Wrinkles: lines", "count", "{:.1f}"),
    "wrinkle_mean_width": ("Wrinkles: mean width", "% of eye distance", "{:.2f}"),
    "pore_density_percent": ("Pores: area", "% of skin", "{:.2f}"),
    "pore_per_eye_area": ("Pores: density", "per eye area", "{:.1f}"),
    "pore_mean_size": ("Pores: mean size", "% of eye distance", "{:.2f}"),
}
HUNDREDS = ("wrinkle_mean_width", "pore_mean_size")
"""Fields shown in per cent of the eye distance rather than in eye distances."""
COLUMNS = ("Zone", "First", "Later", "Change", "Repeats differ by up to", "More than that?")
MEAN_OF = "mean of {count}"
VERDICTS = {"more": "yes", "within": "no", "unknown": "not known", "missing": "–"}
TABLE = "{measure} by zone, {unit}"
SUMMARY = {
    "some": "{more} of {all} zones differ by more than repeat photos show: {zones}.",
    "none": "No zone differs by more than repeat photos show.",
    "unknown": "No figures of repeat photos are known for this method, so nothing here says what is more than chance.",
}
COUNTED = "Single zones are counted here; the table has groups of zones and the whole face as well."
CHANCE = "“Yes” means: 95 of 100 pairs of repeat photos differ by less than this. Of 20 zones where nothing changed, about one says yes all the same. More or less is neither good nor bad."
SOURCE = {
    "own": "Repeat photos: yours ({repeats} more than one a date), and never less than simulated re-takes show.",
    "shipped": (
        "Repeat photos: simulated re-takes of {photos} studio portraits (a little other exposure, colour, distance, tilt, focus and noise; "
        "{retakes} each). Real re-takes vary more: give two photos of each date, and your own spread is used."
    ),
    "own_only": "Repeat photos: yours alone ({repeats} more than one a date); for this method no others are known.",
    "none": "No figures of repeat photos are known for this method. Give two photos of each date, and your own spread is used.",
}

CHART_ZONE = "Zone of the chart"
CHART = "{measure}, {zone}"
CHART_ALT = "{measure}, {zone}, {unit}: {points}."
CHART_BAND = (
    "Grey band: the first value, and by how much repeat photos differ from it. Dots: photos; line: mean of each date."
)
CHART_NO_BAND = "Dots: photos; line: mean of each date. How much repeat photos differ is not known."
CHART_NONE = "This zone is not visible in these photos."
CHART_TABLE = "The same as a table"
CHART_HEADS = ("Date", "Mean", "Photos")

DOWNLOAD = "Download the figures (.csv)"
DOWNLOAD_HINT = "Every zone and measure of every date against the first, with the limit of repeat photos."

API_DESCRIPTION = (
    "Compare two or more photos of one person. dates: one for each photo as YYYY-MM-DD, with a comma between; empty: the order given. "
    "Returns the changes of every zone and measure against the first date with the limit that repeat photos show, and the same as CSV."
)
