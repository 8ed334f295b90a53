"""The command line: `python -m wrinkleseg analyze PHOTO_OR_FOLDER... --output DIR` and `python -m wrinkleseg models`.

Exit status: 0 all is well; 1 at least one photo could not be analysed (one line each on stderr); 2 the command itself
is wrong; 130 stopped by Ctrl-C. What `analyze` writes is described in `report`.
"""

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from wrinkleseg import __version__, allocator, commands

TASKS = ("wrinkle", "pore")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give the exit status."""
    arguments = parser().parse_args(argv)
    try:
        with nullcontext() if arguments.verbose else quiet_libraries():
            return arguments.run(arguments)
    except commands.UsageError as problem:
        commands.complain(f"wrinkleseg: error: {commands.one_line(problem)}")
        return 2
    except BrokenPipeError:  # who read our lines has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        commands.complain("wrinkleseg: stopped; what was written so far is complete")
        return 130


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what C++ libraries write straight to file descriptor 2 off the terminal; our own lines still get there.

    MediaPipe logs several lines on every start and has no setting against it (its log level is fixed before Python can
    reach it). Where stderr is not the process's own, as in tests, nothing is changed.
    """
    own = sys.stderr
    if own is None or own is not sys.__stderr__:
        yield
        return
    own.flush()
    with os.fdopen(os.dup(2), "w", buffering=1, encoding=own.encoding, errors="backslashreplace") as terminal:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        sys.stderr = terminal
        try:
            yield
        finally:
            sys.stderr = own
            os.dup2(terminal.fileno(), 2)


def parser() -> argparse.ArgumentParser:
    """The arguments of every command; `run` is the function that carries it out."""
    about = "Wrinkles and pores on photos of faces, by zone, with measures."
    root = argparse.ArgumentParser(prog="wrinkleseg", description=about)
    root.add_argument("--version", action="version", version=f"wrinkleseg {__version__}")
    root.add_argument("--verbose", action="store_true", help="show what the libraries underneath report")
    listed = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_analyze(listed.add_parser("analyze", help="measure photos and write the results", description=_ANALYZE))
    _add_models(listed.add_parser("models", help="list the methods", description="List the methods."))
    return root


_ANALYZE = """Measure every photo and write STEM.json, STEM_wrinkle.png, STEM_pore.png, STEM_skin.png and
STEM_overlay.png into the output folder, STEM being the photo's name without its ending. Files from an earlier run are
replaced. Of two photos with one stem the second gets STEM-2. A photo that cannot be analysed costs one line on stderr
and exit status 1; the others go on."""


def _add_analyze(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO_OR_FOLDER",
        help="a photo, or a folder: all pictures directly in it, no subfolders, no results of this command",
    )
    command.add_argument("--output", required=True, metavar="DIR", help="folder for the results, made if needed")
    command.add_argument("--model", metavar="NAME", help="a name from `models`, or A+B: tasks from either")
    command.add_argument(
        "--threshold",
        action="append",
        type=_threshold,
        metavar="T",
        help="mark what is more probable than T, 0 to 1; for one task: wrinkle=T or pore=T (default: the model's)",
    )
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    command.add_argument("--face", type=_face_number, default=1, metavar="N", help="1 is the largest face, the default")
    command.set_defaults(run=commands.analyze)


def _add_models(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="as JSON, with all that is known of each")
    command.set_defaults(run=commands.models)


def _threshold(text: str) -> dict[str, float]:
    """ "0.4" for every task, "pore=0.4" for one: task or "" -> threshold."""
    task, _, number = text.rpartition("=")
    if task not in ("", *TASKS) or text.startswith("="):
        raise argparse.ArgumentTypeError(f"{text!r} names no task; write a number, or one of wrinkle=T and pore=T")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{number!r} is not a number from 0 to 1")
    return {task: value}


def _face_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 (the largest face) on")
    return int(text)


if __name__ == "__main__":
    allocator.keep_freed()
    sys.exit(main())
