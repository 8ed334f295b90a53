"""What programs read about the public endpoints and their parameters."""

PHOTO = "A photo with a face: JPEG, PNG, WebP, HEIC or TIFF. Give handle_file(path)."
FACE_INDEX = "Which face of the photo, from 0, the largest first; /faces lists them."
METHOD = 'Name of a method, or two joined by "+": each task from the first that has it. Empty: the usual one. /models lists them.'
WRINKLE_THRESHOLD = "Probability, 0 to 1, above which a pixel counts as wrinkle. Empty: the method's own."
PORE_THRESHOLD = "Probability, 0 to 1, above which a pixel counts as pore. Empty: the method's own."
VIEW_AS = "How the result is drawn on the picture: overlay, contour or heat."
OPACITY = "Strength of the colour on the picture, 0 to 1."
ZONES = "Whether the zones of the face are drawn on the picture."

RESULT = "The result as in the zip's JSON; its format is the schema.json in the zip"
PICTURE = "The photo with the result drawn on it, PNG in the photo's own size"
ARCHIVE = "Zip of report (HTML), JSON with its schema, CSV, and masks as PNG"

FACES_DESCRIPTION = (
    "Find the faces on a photo and say what speaks against measuring each, without analysing anything. "
    "An error says that there is no face."
)
FACES = (
    "Size of the upright photo and its faces, largest first: face_index, box in px, pose in degrees, quality warnings"
)

METHODS = 'Names of two to four methods that have the task, for example ["frangi", "gabor"]; /models lists them.'
TASK = "What to look for: wrinkle or pore."
TRUTH = "A person's mask of the photo, to score the methods against: a picture of the same shape, white where something is marked. Optional."
COMPARE_DESCRIPTION = (
    "Two to four methods on one face of one photo, each at its own threshold: measures of the whole face, where they agree, "
    "and scores against a person's mask if one is given. A method that fails says so and does not stop the others."
)
COMPARISON = "For each method its measures, seconds, scores or error; and in how many pixels they agree"
COMPARE_PICTURES = "A picture of the face for each method with a result (PNG), then the map of agreement"
ERROR_METHODS = (
    'Expected a list of two to four names of methods, for example ["frangi", "gabor"]; {came} came. /models lists them.'
)

PHOTOS_OVER_TIME = "Two to twelve photos of one person. Give a list of handle_file(path)."
DATES = "A date for each photo, in their order, as YYYY-MM-DD with a comma between. Empty: the photos' order is that of time."
CHANGES = "Photos in the order of time, those left out with the reason, and the changes of each zone and measure"
CHANGES_CSV = "The changes as CSV, a row for each zone, measure and date after the first"

MANY_PHOTOS = "Photos, and zips of photos. Give a list of handle_file(path), or one alone."
ROWS = "A row for each photo: name, status, and its measures by zone or the reason why it was skipped"
MANY_ARCHIVE = "Zip of photos.csv, measures.csv, index.html, and of each photo its report and masks"

ANNOTATED = "The photo that was painted on: JPEG, PNG, WebP, HEIC or TIFF. Give handle_file(path)."
ROUGH = "A picture of the photo's size, white where wrinkles or pores were painted over with a thick brush."
ANNOTATED_TASK = "What was painted over: wrinkle or pore."
STRICTNESS = "How clear a mark must be to stay, 0 or more. Empty: the usual for the task."
FACE_WIDTH = "Width of the whole face in px of the photo, for close-ups. Empty: that of the largest face found."
MASK = "The crisp mask as PNG of the photo's size: 0, and 255 where something is marked"
COUNTS = "Task, number of marks, share of the photo that is marked in percent, and the face's width in px"
