"""The texts of the tab about the methods."""

TAB = "Models"

HEADING = "Methods on this page"
INTRO = (
    "A method is a way to find wrinkles or pores on a photo. Some are networks that learned it from marks drawn by people; "
    "others are filters that look for thin dark lines or small dark spots. All run on the computer that runs this page."
)
COUNT = "{count} methods are ready: {networks} trained networks and {filters} image filters."

FINDS = {"wrinkle": "Finds wrinkles", "pore": "Finds pores"}
NETWORKS, FILTERS = "Trained networks", "Image filters"
NETWORK = "Trained network"
FILTER = "Image filter"
USUAL = {"wrinkle": "Usual for wrinkles", "pore": "Usual for pores"}
NON_COMMERCIAL = "Not for commercial use"

SIZE = "Size"
PARAMETERS = "{millions:.1f} million learned numbers"
NO_PARAMETERS = "nothing learned: fixed arithmetic"
SOURCE = "Source"
LICENCE = "Licence"
NO_LICENCE = "not stated: ask whoever made it before you use it"
THRESHOLD = "Usual threshold"
WEIGHTS = "Weights"
WEIGHTS_INFO = "{weights} (a fingerprint of them and their settings)"
NAME = "Name for programs"
LIMITS = "Limits"

ABOUT = {
    "unetpp": "Tells for every pixel of the face how much it looks like the wrinkles that people marked. It and the small attention network share the first rank among the methods that come with this page.",
    "wrinkle-pore": "One small network with two answers for every pixel: is it a wrinkle, is it a pore? It takes pores from a sharper picture than wrinkles.",
    "frangi": "Looks for long thin dark lines of several widths; made robust against noise, brows and hair edges.",
    "frangi-plain": "The textbook filter for long thin dark lines, without anything added. Here to compare with.",
    "gabor": "Lays small striped patterns of many directions over the skin and keeps where a dark stripe fits.",
    "pores-kmeans": "Sorts the skin by brightness into groups, and takes small dark spots of the darkest one.",
    "pores-dog": "Takes small spots that are darker than the skin right around them.",
}
ABOUT_OTHER = {
    True: "A trained network. Whoever made it says more in its model card.",
    False: "An image filter.",
}
MEANT_FOR = "Meant for looking at skin, comparing photos, and research. Not a medical device: no diagnosis, no age."
LIMITS_SHIPPED = (
    "Few photos, mostly of light skin, taught it. It can miss fine lines and mark hair, glasses, shadows and folds of the "
    "neck. On blurred, dark or small photos its marks mean little."
)
LIMITS_OTHER = (
    "It knows only what the photos of its training taught it. On skin, light or cameras unlike those it may fail, and on "
    "blurred, dark or small photos its marks mean little."
)
LIMITS_FILTER = (
    "A filter does not know what a face is: edges of hair, glasses, shadows and moles can look like lines or spots to it. "
    "On blurred, dark or small photos its marks mean little."
)

FIGURES = "How well it did"
FIGURES_MEAN = "What do the figures mean?"
FIGURES_HINT = (
    "Mean over photos that took no part in training, against what one person marked. 1 would be the very same marks; two people "
    "who mark the same photo are far from it. Centreline F1: middle lines of wrinkles within 3 px on a photo 500 px wide; "
    "for pores, their centres within 4 px. The dashboard has all figures."
)
NO_FIGURES = "No measured figures are here for this method."
FIGURE_COLUMNS = {"photos": "Photos", "iou": "IoU", "f1": "F1", "cldice": "clDice", "line_f1": "Centreline F1"}
FIGURE_SET = {
    ("wrinkle", "A"): "Wrinkles, person A",
    ("wrinkle", "B"): "Wrinkles, person B",
    ("pore", "pores"): "Pores",
}
FIGURE_OTHER = {"wrinkle": "Wrinkles, {annotator}", "pore": "Pores, {annotator}"}

CARD = "Read the model card"
NO_CARD = "There is no model card."

LOAD = "Load another model"
LOAD_LABEL = "Folder, or name on the Hugging Face Hub"
LOAD_HINT = "For example models/mine, or hub:OWNER/NAME, or hub:OWNER/NAME@REVISION"
LOAD_BUTTON = "Load"
LOAD_SAFE = (
    "Only config.json, model.safetensors and README.md are read: no program code comes with a model. "
    "Once loaded, it can be chosen in the other tabs until the page is started again."
)
LOAD_OFFLINE = "This page works without the internet: of the Hub, only what was fetched before can be loaded. To fetch more, start it with HF_HUB_OFFLINE=0."
LOAD_CLOSED = (
    "Visitors of this page cannot load models. Whoever runs it can allow that: start it on one’s own computer "
    "(GRADIO_SERVER_NAME=127.0.0.1), or with WRINKLESEG_OPEN_MODELS=1, or name models in WRINKLESEG_METHODS."
)
LOAD_STEPS = ("Checking the name", "Fetching and loading the weights")
LOADED = "{title} is ready. Choose it in the other tabs."

ERROR_TITLE = "This model was not loaded"
ERROR_NO_NAME = "Nothing was given. Give the folder of a model, or hub:OWNER/NAME."
ERROR_SEVERAL = "{name!r} names several models. Give one at a time; the other tabs can join them."
ERROR_NO_FOLDER = (
    "There is no model at {name!r}. Expected is a folder with config.json and model.safetensors in it, or hub:OWNER/NAME "
    "for one on the Hugging Face Hub."
)
ERROR_BROKEN = (
    "{name!r} does not hold a model that works here: its config.json or model.safetensors is damaged, or is of another "
    "program. Fetch it or save it again with python -m train."
)
ERROR_TASKS = "{name!r} does not look for wrinkles or pores, so this page cannot use it. Choose another model."
ERROR_THRESHOLD = "{name!r} says no threshold between 0 and 1 for everything that it finds. Add it under thresholds in its config.json."
ERROR_MOST = "{most} models have been loaded already, which is the most. Start the page again to load others."

API_MODELS = (
    "The methods of this page: what each finds, its size, source, licence, thresholds, weights and measured figures."
)
API_ADD = (
    "Load a model from a folder or from the Hugging Face Hub, so that it can be named in every other call. Only where the "
    "page runs on the caller's own computer, or its host allows it (WRINKLESEG_OPEN_MODELS=1)."
)
API_ADD_NAME = "Folder with config.json and model.safetensors, or hub:OWNER/NAME, or hub:OWNER/NAME@REVISION."
API_ROWS = "One object for each method"
API_ROW = "The method that can be named now"
