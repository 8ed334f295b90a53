"""A room imports only rooms below it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Floors of the library, the lowest first. Rooms on one floor may import one another only where they come earlier.
FLOORS = [
    "allocator", "stopwatch", "side_by_side", "geometry", "morphology", "masks", "texture", "filters", "truth", "metrics", "draw", "mesh", "zones", "skin", "measures", "images", "portraits", "archive", "detectors", "face",
    "quality", "preprocess", "models", "tiling", "inference", "checkpoint", "hub", "methods", "model_card", "analysis", "change",
    "report_page", "report", "annotation", "batch_page", "batch", "commands", "ui", "__main__",
]  # fmt: skip
NUMPY_ROOMS = {
    "geometry",
    "morphology",
    "masks",
    "texture",
    "filters",
    "truth",
    "metrics",
    "draw",
    "mesh",
    "zones",
    "skin",
    "measures",
}
NUMPY_ONLY = {"numpy", "cv2", "wrinkleseg"}
# Packages that only some rooms may know.
KEEPERS = {
    "mediapipe": {"wrinkleseg/detectors.py"},
    "PIL": {"wrinkleseg/images/"},
    "pillow_heif": {"wrinkleseg/images/"},
    "safetensors": {"wrinkleseg/checkpoint.py"},
    "huggingface_hub": {"wrinkleseg/hub.py", "train/card.py"},
    "gradio": {"app.py", "wrinkleseg/ui", "eval/dashboard"},
    "plotly": {"eval/figures/", "eval/dashboard"},
    "pyarrow": {"eval/row_files.py"},
    "datasets": {"eval/hub_datasets.py"},
}
HOUSES = {"wrinkleseg": set(), "eval": {"wrinkleseg"}, "train": {"wrinkleseg", "eval"}}


def sources() -> list[str]:
    found = [path for house in HOUSES for path in (ROOT / house).rglob("*.py")] + [ROOT / "app.py"]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def imports(source: str) -> set[str]:
    """Every module that a file imports, at its top or inside a function, with its full name."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / source).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"{source} imports relatively; write the full name")
    return names


def room(module: str) -> str | None:
    """The library's room that a module belongs to."""
    parts = module.split(".")
    return parts[1] if parts[0] == "wrinkleseg" and len(parts) > 1 and parts[1] in FLOORS else None


@pytest.mark.parametrize(
    "source", [s for s in sources() if s.startswith("wrinkleseg/") and s != "wrinkleseg/__init__.py"]
)
def test_library_looks_down_only(source: str) -> None:
    own = Path(source).parts[1].removesuffix(".py")
    assert own in FLOORS, f"{source} has no floor: decide where it belongs"
    above = {other for module in imports(source) if (other := room(module)) and FLOORS.index(other) > FLOORS.index(own)}
    assert not above, f"{source} imports rooms above it: {above}"


@pytest.mark.parametrize("source", [s for s in sources() if not s.startswith("app")])
def test_houses_look_down_only(source: str) -> None:
    house = source.split("/")[0]
    known = {module.split(".")[0] for module in imports(source)} & {*HOUSES, "app"}
    assert known <= HOUSES[house] | {house}


@pytest.mark.parametrize("name", sorted(NUMPY_ROOMS))
def test_numpy_rooms_need_numpy_and_opencv_only(name: str) -> None:
    import sys

    own = [
        source for source in sources() if Path(source).parts[:2] in {("wrinkleseg", name), ("wrinkleseg", f"{name}.py")}
    ]
    outside = {module.split(".")[0] for source in own for module in imports(source)}
    assert own and outside <= NUMPY_ONLY | set(sys.stdlib_module_names)


@pytest.mark.parametrize("package", sorted(KEEPERS))
def test_packages_stay_with_their_keepers(package: str) -> None:
    users = {source for source in sources() if package in {module.split(".")[0] for module in imports(source)}}
    strangers = {user for user in users if not any(user.startswith(keeper) for keeper in KEEPERS[package])}
    assert users, f"nobody imports {package}: is the test still true?"
    assert not strangers


def test_no_room_is_a_drawer() -> None:
    assert not [source for source in sources() if Path(source).stem in {"utils", "helpers", "misc", "common"}]


def test_the_digest_of_the_code_covers_all_that_a_score_depends_on() -> None:
    """Every file that scoring a photo imports, save those that only write and read rows."""
    from eval.code_digest import sources

    of_rows = {
        f"eval/{name}.py" for name in ("__init__", "code_digest", "counting", "results", "row_files", "statistics")
    }
    waiting, seen = {"eval/benchmark.py"}, of_rows | {"wrinkleseg/__init__.py"}
    while waiting:
        source = waiting.pop()
        seen.add(source)
        waiting |= {path for module in imports(source) for path in files(module)} - seen
    assert seen - of_rows - {"wrinkleseg/__init__.py"} <= {str(path.relative_to(ROOT)) for path in sources()}


def files(module: str) -> set[str]:
    """The source files of a module of these houses."""
    path = ROOT.joinpath(*module.split("."))
    there = {each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()}
    return {str(each.relative_to(ROOT)) for each in there if module.split(".")[0] in HOUSES}
