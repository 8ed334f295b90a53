"""What is said at the camera, and about a photo that was taken."""

LIVE = {
    "ask": ("Press the button above to start the camera.", "Nothing is sent before you take the photo."),
    "start": ("Put your face inside the outline.", "Look straight into the camera, with a relaxed face."),
    "dark": ("It is too dark.", "Face a window or a lamp."),
    "bright": ("It is too bright.", "Turn away from the sun or the lamp, or dim it."),
    "side": ("One side of the face is much darker.", "Turn until the light comes from the front."),
    "empty": (
        "Is your face inside the outline?",
        "Bring it there, so that it fills the outline from hairline to chin.",
    ),
    "several": ("There is more than one face.", "Take the photo of one person alone."),
    "far": ("Come nearer.", "The face should fill the outline."),
    "off": ("Move into the outline.", "The whole face, hairline to chin."),
    "blurred": ("It is not sharp.", "Hold still, wipe the lens, and wait until the camera has focused."),
    "good": ("Light, sharpness and place are good.", "Hold still and take the photo."),
    "good_by_eye": ("Light and sharpness are good.", "Fill the outline with your face, then take the photo."),
    "refused": (
        "The camera was not allowed.",
        "Choose the camera’s sign beside the page’s address, allow the camera, and press the button again. "
        "Or take a photo with the phone’s own camera, and upload it.",
    ),
    "absent": ("There is no camera here.", "Take a photo with a phone or a camera, and upload it."),
    "busy": (
        "The camera could not be started.",
        "Close other programs that use it and press the button again, or upload a photo.",
    ),
    "insecure": (
        "The browser gives the camera only to pages with a secure address (https).",
        "Take a photo with the camera’s own program, and upload it.",
    ),
}
"""What is said for each state of the live picture: what is so, and what to do."""

NO_PORES = (
    "A face in this outline is about {width} pixels wide: enough for wrinkles. Single pores need {pore}; "
    "for those, upload a photo from a phone’s back camera."
)
NO_LINES = (
    "A face in this outline is about {width} pixels wide; fine lines need {wrinkle}. "
    "Better upload a photo from a phone or a camera."
)
TIMER = "Photo in 3 seconds"
STOP = "Stop"
AGAIN = "Take the photo again"

RETAKE_TITLE = {1: "Better take this photo again: one reason", 2: "Better take this photo again: {count} reasons"}
KNOW_TITLE = "Good to know about this photo"
SIGNS = {
    "light": "Light",
    "sharp": "Sharpness",
    "size": "Size",
    "place": "Position",
    "faces": "Faces",
    "file": "File",
}
"""The word beside the sign of a warning."""
