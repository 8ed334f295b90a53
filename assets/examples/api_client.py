"""Analyse photos through a running page: python assets/examples/api_client.py PHOTO [URL]

Needs only `pip install gradio_client`. Prints the figures of the whole face and leaves the zip beside the photo.
"""

import shutil
import sys
from pathlib import Path

from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError


def main(photo: str, url: str = "http://127.0.0.1:7860") -> int:
    if not Path(photo).is_file():
        print(f"no file {photo}: give the path of a photo on this computer", file=sys.stderr)
        return 1
    try:
        client = Client(url, verbose=False)
    except Exception as error:  # not found, refused, no page of Gradio: each network library has its own
        print(f"no page answers at {url} ({error}): start it with make app, or name its address", file=sys.stderr)
        return 1
    for method in client.predict(api_name="/models"):
        print(f"{method['name']:20} {method['task']:14} {method['licence']}")
    try:
        found = client.predict(handle_file(photo), api_name="/faces")
        for face in found["faces"]:
            print(
                f"face {face['face_index']}: {face['width_px']:.0f} px wide", *(w["message"] for w in face["quality"])
            )
        result, picture, archive = client.predict(handle_file(photo), face_index=0, api_name="/analyze")
    except AppError as error:  # one clear sentence: no face, not a photo, no such method
        print(error, file=sys.stderr)
        return 1
    for name, value in result["measures"]["whole"].items():
        print(f"{name:24} {value}")
    kept = Path(photo).with_suffix(".zip")
    shutil.copy(archive, kept)
    print(f"drawn on the photo: {picture}\nreport, JSON, CSV and masks: {kept}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
