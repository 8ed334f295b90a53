"""Words that the page's scripts show, by the names that the scripts know them by."""

WORDS = {
    "addFiles": "Add files",
    "changePhotos": ("The first photo", "The later photo, laid on the first"),
    "changeEdge": "Edge between the first and the later photo",
    "oneBefore": "You are in line: one photo is looked at before yours.",
    "moreBefore": "You are in line: {number} photos are looked at before yours.",
    "removeAnnotated": "Take this photo, and what is drawn on it, out of the data set?",
}
