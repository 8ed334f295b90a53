"""Wrinkles and pores on a photo of a face, by zone, with measures.

import wrinkleseg

analyzer = wrinkleseg.Analyzer()
analysis = analyzer.analyze(wrinkleseg.load_rgb("face.jpg"))
analysis.measures["forehead"].wrinkle_length
wrinkleseg.write_files(analysis, "results")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wrinkleseg.analysis import Analysis, Analyzer
    from wrinkleseg.face import FaceError, NoFaceError
    from wrinkleseg.images import PictureError, load, load_rgb
    from wrinkleseg.methods import MethodError, available
    from wrinkleseg.report import write_files, zip_bytes

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Analyzer",
    "FaceError",
    "MethodError",
    "NoFaceError",
    "PictureError",
    "available",
    "load",
    "load_rgb",
    "write_files",
    "zip_bytes",
]


def __getattr__(name: str):
    """Open a room on first use of its names: MediaPipe and torch take seconds, and the numpy rooms need neither."""
    match name:
        case "Analysis" | "Analyzer":
            from wrinkleseg import analysis as room
        case "FaceError" | "NoFaceError":
            from wrinkleseg import face as room
        case "PictureError" | "load" | "load_rgb":
            from wrinkleseg import images as room
        case "MethodError" | "available":
            from wrinkleseg import methods as room
        case "write_files" | "zip_bytes":
            from wrinkleseg import report as room
        case _:
            raise AttributeError(f"module 'wrinkleseg' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(room, name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
