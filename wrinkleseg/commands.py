"""What the commands do: gather photos, name the results, analyse one after the other, list the methods.

MediaPipe and torch are imported when a command is certain to need them, so that help and a mistyped argument answer at
once.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from wrinkleseg.analysis import Analysis, Analyzer
    from wrinkleseg.methods import MethodInfo

SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".tif", ".tiff"),
    *(".bmp", ".gif", ".heic", ".heif", ".hif", ".avif"),
)
"""Endings by which a folder's pictures are known; a photo that is named itself may have any."""
RESULTS = ("_wrinkle.png", "_pore.png", "_skin.png", "_overlay.png", ".json")
"""What is added to the stem of a photo for each file of its result."""


class UsageError(Exception):
    """The command cannot be carried out as it was given; the message says what is wrong and what would be right."""


def analyze(arguments: argparse.Namespace) -> int:
    """Analyse photos and folders of photos. Gives the exit status, 0 or 1; UsageError before anything is read."""
    output = _output_folder(arguments.output)
    photos, failed = gather(arguments.photos)
    if not photos:
        return 1
    analyzer = _analyzer(arguments.model, arguments.device)
    thresholds = expand_thresholds(arguments.threshold or [], analyzer.method.info)
    stems = name_results(photos)
    inputs = {photo.resolve() for photo in photos}

    def work(photo: Path) -> None:
        stem = stems[photo]
        _check_targets(output, stem, inputs)
        result = _analyze_one(analyzer, photo, arguments.face - 1, thresholds)
        _write(result, output, stem)

    failed += _each(photos, work)
    return 1 if failed else 0


def models(arguments: argparse.Namespace) -> int:
    """List the methods as a table or as JSON."""
    from wrinkleseg import methods

    rows = [info.to_dict() for info in methods.known()]
    say(json.dumps(rows, indent=2) if arguments.json else _model_table(rows, methods.DEFAULT))
    return 0


def gather(given: Sequence[str]) -> tuple[list[Path], int]:
    """The photos that the arguments stand for, each once, in order; and how many stand for none (told on stderr)."""
    photos: dict[Path, Path] = {}
    failed = 0
    for path in map(Path, given):
        try:
            for photo in _pictures(path):
                photos.setdefault(photo.resolve(), photo)
        except OSError as problem:
            failed += 1
            complain(f"{path}: {one_line(problem)}")
    return list(photos.values()), failed


def _pictures(path: Path) -> list[Path]:
    """A photo itself, or the pictures of a folder. OSError for a folder without any or one that cannot be read."""
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    found = [each for each in files if each.suffix.lower() in SUFFIXES and not _is_result(each)]
    if not found:
        endings = ", ".join(SUFFIXES)
        raise FileNotFoundError(f"no pictures in this folder (endings: {endings}; its subfolders are not searched)")
    return found


def _is_result(path: Path) -> bool:
    """Whether a picture was written by an earlier run: its JSON lies beside it."""
    endings = [ending for ending in RESULTS if path.name.endswith(ending)]
    return any(path.with_name(path.name.removesuffix(ending) + ".json").is_file() for ending in endings)


def name_results(photos: Iterable[Path]) -> dict[Path, str]:
    """Stem of each photo's result: its own, or where an earlier photo has it, STEM-2, STEM-3 ... (said on stdout)."""
    from wrinkleseg.archive import numbered

    stems: dict[Path, str] = {}
    taken: dict[str, Path] = {}
    for photo in photos:
        stem = numbered(photo.stem, taken)
        if stem != photo.stem:
            say(f"{photo}: its results are named {stem}, since {taken[photo.stem.casefold()]} has {photo.stem}")
        taken[stem.casefold()] = photo
        stems[photo] = stem
    return stems


def expand_thresholds(given: Iterable[Mapping[str, float]], info: "MethodInfo") -> dict[str, float]:
    """Thresholds by task: one without a task ("") holds for every task of the method that has none of its own."""
    from wrinkleseg.analysis import check_thresholds

    named = {task: value for each in given for task, value in each.items()}
    general = {task: named[""] for task in info.tasks if "" in named}
    own = {task: value for task, value in named.items() if task}
    try:
        return general | check_thresholds(info, own)
    except ValueError as problem:
        raise UsageError(str(problem)) from problem


def say(text: str) -> None:
    """One line on stdout, past a progress bar; what stdout cannot show (a file name may hold any bytes) is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    line = " ".join(text.splitlines())
    tqdm.write(line.encode(encoding, "backslashreplace").decode(encoding), file=sys.stdout)


def complain(text: str) -> None:
    """One line on stderr, past a progress bar, whatever characters a file's name may hold."""
    tqdm.write(
        "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text),
        file=sys.stderr,
    )


def one_line(problem: BaseException) -> str:
    """What went wrong, on one line; what is not one of the library's own messages says its kind as well."""
    text = " ".join(str(problem).split())
    if isinstance(problem, ValueError | OSError | UsageError) and text:
        return text
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _each(photos: Sequence[Path], work: Callable[[Path], None]) -> int:
    """Do the work on every photo, under a progress bar where there are several and somebody watches: failures."""
    failed = 0
    hidden = None if len(photos) > 1 else True  # None: shown in a terminal only, a log would fill with it
    for photo in tqdm(photos, unit="photo", file=sys.stderr, disable=hidden, dynamic_ncols=True):
        try:
            work(photo)
        except BrokenPipeError:
            raise
        except Exception as problem:  # whatever is wrong with one photo, the others must get their turn
            failed += 1
            complain(f"{photo}: {one_line(problem)}")
    return failed


def _analyze_one(analyzer: "Analyzer", photo: Path, face_index: int, thresholds: Mapping[str, float]) -> "Analysis":
    from wrinkleseg import face, images

    picture = images.load(photo)
    try:
        return analyzer.analyze(picture.rgb, face_index, thresholds, photo.name, picture.notes)
    except face.NoFaceError:
        raise
    except face.FaceError as problem:  # its message counts from 0, the command from 1
        number = face_index + 1
        raise face.FaceError(f"there are fewer than {number} faces; --face 1 is the largest, the default") from problem


def _write(result: "Analysis", output: Path, stem: str) -> None:
    from wrinkleseg import report

    paths = report.write_files(result, output, stem)
    say(f"{paths[-1]}: {_summary(result)}")


def _summary(result: "Analysis") -> str:
    from wrinkleseg.measures import written

    whole = result.measures["whole"]
    parts = []
    if whole.wrinkle_area_percent is not None:
        lines = _counted(whole.wrinkle_count, "line")
        parts.append(f"wrinkles {written(whole.wrinkle_area_percent, '{:.2f}%')} of the skin, {lines}")
    if whole.pore_density_percent is not None:
        spots = _counted(whole.pore_count, "spot")
        parts.append(f"pores {written(whole.pore_density_percent, '{:.2f}%')} of the skin, {spots}")
    if result.quality:
        parts.append(f"photo: {', '.join(warning.code for warning in result.quality)}")
    return "; ".join(parts) or "no visible skin"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _output_folder(path: str) -> Path:
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageError(f"cannot make the output folder {folder}: {problem.strerror}") from problem
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write into the output folder {folder}")
    return folder


def _analyzer(model: str | None, device: str) -> "Analyzer":
    from wrinkleseg import methods
    from wrinkleseg.analysis import Analyzer

    try:
        return Analyzer(methods.DEFAULT if model is None else model, device)
    except methods.MethodError as problem:
        raise UsageError(str(problem)) from problem


def _check_targets(output: Path, stem: str, inputs: set[Path]) -> None:
    for ending in RESULTS:
        if (output / f"{stem}{ending}").resolve() in inputs:
            raise ValueError(f"the result {stem}{ending} would replace one of the photos; choose another --output")


def _model_table(rows: Sequence[Mapping], default: str) -> str:
    """Columns wide enough for their longest cell; the parts of the default are marked with a star."""
    head = ("name", "task", "parameters", "weights", "licence", "source")
    cells = [head] + [tuple(_cell(row[column]) for column in head) for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    told = "Without weights a network cannot be used: train it with python -m train."
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([*lines, "", f"Default: {default}. A+B takes each task from the first that has it.", told])


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}" if value else "classical"
    return str(value) or "-"
