"""`python -m eval COMMAND`: measure the methods and the skin mask on real photos with human masks."""

from __future__ import annotations

import sys
from importlib import import_module

from wrinkleseg import allocator

# Where each command's `main` is. Only the one that is asked for is imported: all of them take seconds.
COMMANDS = {
    "run": "eval.run",
    "report": "eval.report",
    "agreement": "eval.agreement",
    "skin": "eval.skin",
    "smooth": "eval.smooth",
    "repeats": "eval.repeats",
    "sameness": "eval.sameness",
    "speed": "eval.speed.command",
}
USAGE = """usage: python -m eval COMMAND ...

  run       scores of methods on photos with human masks
  report    tables, intervals and tests of a results folder, as Markdown, CSV and HTML
  agreement how far two people agree on the same photos
  skin      what the skin mask keeps and what it lets in
  smooth    what methods mark on smooth young faces
  sameness  whether the same face gives the same result, saved again, mirrored, in other light
  repeats   spread of measures over simulated re-takes
  speed     how many times faster than plain ways of doing the same

python -m eval COMMAND --help tells more."""


def main(argv: list[str]) -> int:
    """Hand over to the command; gives the exit status."""
    if argv and argv[0] in COMMANDS:
        return import_module(COMMANDS[argv[0]]).main(argv[1:])
    print(USAGE, file=sys.stdout if argv in (["-h"], ["--help"]) else sys.stderr)
    return 0 if argv in (["-h"], ["--help"]) else 2


if __name__ == "__main__":
    allocator.keep_freed()
    sys.exit(main(sys.argv[1:]))
