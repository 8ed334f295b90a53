"""Every text of the tab, in one place, for a person who is no researcher."""

from eval import statistics

TITLE = "Which method sees wrinkles and pores best, and how sure are we?"
LEAD = (
    "Each method looked at the same photos. What it marked was compared with what a person had drawn by hand on them. "
    "1 means the same marks, 0 means none in common."
)
ABOUT = "“{source}”, measured on {date}: {masks} masks, {methods} methods."
EMPTY_TITLE = "No results yet"
EMPTY = "Run the benchmark, then open the folder it wrote here: python -m eval run --output results/"
FAILED = "These results cannot be opened"
LOADING = "Reading the results"

TRUTH = "Compared with"
TRUTHS = {
    "wrinkle": "Wrinkles drawn by {who} ({photos})",
    "pore": "Pores drawn by {who} ({photos})",
    "pores": "Pores ({photos})",
}
PHOTOS = ("{count} photo", "{count} photos")
SCORE = "Score"
SCORE_INFO = {
    "f1": "Overlap of the marks, pixel by pixel (also called Dice).",
    "iou": "Overlap of the marks, pixel by pixel; stricter than F1.",
    "line_f1_3": "Lines count as found when they lie within 3 px; width does not matter.",
    "cldice": "How well the middle lines of the marks lie inside each other's marks.",
    "ap": "Precision over all thresholds; nothing hangs on the choice of one.",
    "accuracy": "Share of all pixels that are right. Misleading: nearly all are skin without a wrinkle.",
    "centre_f1": "A pore counts as found when its middle lies within 4 px.",
}
KINDS_LABEL = "Show"
KINDS = {"learned": "Neural networks", "classical": "Image filters", "reference": "For comparison"}
NAME = "Name contains"
NAME_HINT = "all methods"
NOTHING_LEFT = "No method fits these choices: show more kinds, or clear the name."

BOARD = "Leaderboard"
BOARD_HINT = (
    "The small figures are 95% intervals: with other photos of this kind the mean would most likely lie in there. "
    "Choose a column's name to sort."
)
FEW = (
    f"Too few photos to rank methods: that takes {statistics.MIN_COMMON} photos in common. A mean has an interval from "
    f"{statistics.MIN_PHOTOS} photos on."
)
METHOD, RANK, COUNT, SECONDS, PARAMETERS = "Method", "Rank", "Photos", "Seconds", "Parameters"
SHORT = {
    "f1": "F1",
    "iou": "IoU",
    "line_f1_3": "Centreline F1",
    "cldice": "clDice",
    "ap": "Av. prec.",
    "accuracy": "Accuracy",
    "centre_f1": "Centre F1",
}
CSV = "Download as CSV"
EXPLAIN_TITLE = "What do the rows and figures mean?"
EXPLAIN = (
    (
        "Rank",
        "1 + the number of methods that are shown to be better on the same photos (paired test, Holm's correction). "
        "Methods that cannot be told apart share a rank.",
    ),
    (
        "Second person",
        "Another person drew some of the same photos. That is how well people agree on these, so a method with such scores "
        "is as good as a person; one far above it has learned one person's habits.",
    ),
    ("All background", "Nothing marked at all. A score that rewards this says little."),
    ("Random at the true rate", "As many pixels as the person marked, at random places on the skin."),
    (
        "Truth moved by 2 px",
        "The person's own lines, 2 px off. What a score loses here is the price of a drawing hand, not of a missed wrinkle.",
    ),
    ("Precision, recall", "Share of the marks that are right; share of the person's marks that were found."),
    ("Threshold", "How sure a method must be before it marks a pixel. It was fixed on other photos beforehand."),
)

INTERVALS = ("Mean of every method", "Longer is better; where two thin lines overlap widely, the order may be chance.")
POINTS = (
    "Every photo",
    "Each point is one photo, further right is better. Choose a point to see the photo with hits and mistakes.",
)
CURVES = (
    "Precision and recall",
    "Further up and right is better; the large mark on a curve is the setting that is used.",
)
SWEEP = ("Choice of the threshold", "How F1 changes with the threshold; a broad hill means the choice hardly matters.")
TOLERANCE = (
    "How exactly must a line lie?",
    "A steep rise means that lines were found, only a few pixels beside the person's.",
)
SPEED = (
    "Speed, quality and size",
    "Best is the upper left: good and quick. A larger bubble is a larger network; filters are the smallest.",
)
GROUPS = (
    "By group of photos",
    "Each mark is one method, further right is better. Groups of fewer than 10 photos are left out.",
)
GROUP_BY = "Group by"
NO_GROUPS = "No group of these photos is large enough to be shown."
ABLATION = (
    "What each part brings",
    "One thing changed at a time, trained anew for a short while; points are trainings, thin lines their spread. Only rows of one part can be compared.",
)
FAMILIES = {"networks": "Networks, from random weights", "losses": "Losses", "data": "Data and first weights"}
PAPERS = (
    "What papers report",
    "Published, other data: other photos and other people's masks, so only the order of size can be compared.",
)
WORST = ("Worst photos of a method", "The photos with the lowest scores. Choose one to see what went wrong.")
WORST_ROW = "Photo {photo}"

PICTURE = "The photo"
PICTURE_EMPTY = "Choose a point in the figure, or one of the worst photos below."
PICTURE_TITLE = "Photo {photo}, {method}"
HUB_PICTURES = "These results come from the Hugging Face Hub, without photos and masks: only scores can be shown."
LEGEND = {"found": "Found: both marked it", "wrong": "Wrong: only the method", "missed": "Missed: only the person"}
PICTURE_GREY = "The photo is shown in grey so that the colours stand out."
PICTURE_IN_PART = f"{PICTURE_GREY} Faded parts do not count: nobody drew there, or they were for learning."

OPEN = "Open other results"
OPEN_LABEL = "Results folder, or data set of the Hugging Face Hub"
OPEN_INFO = "A folder that python -m eval run wrote on this computer, or hub:OWNER/NAME"
OPEN_INFO_OFFLINE = (
    "A folder that python -m eval run wrote on this computer. Data sets of the Hugging Face Hub need HF_HUB_OFFLINE=0 "
    "when this page is started."
)
OPEN_BUTTON = "Open"
