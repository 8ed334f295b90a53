"""`python -m eval speed`: every figure of speed, printed and written; each is a ratio of two ways in one run."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from eval.speed import filters, growth, page, scores, selfie, throughput
from eval.speed.timing import Ratio
from wrinkleseg import methods

PARTS = ("selfie", "gpu", "training", "filters", "scores", "growth", "page")


def main(argv: list[str]) -> int:
    """Measure what was asked for; a part that can't be measured here says why, and the others go on."""
    options = _parser().parse_args(argv)
    options.output.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict] = {"machine": _machine()}
    for part in options.only or PARTS:
        found[part] = _measured(_MEASURES[part], options)
        print("\n".join(lines(part, found[part])), flush=True)
        (options.output / "speed.json").write_text(json.dumps(found, indent=1) + "\n")
    (options.output / "speed.md").write_text(markdown(found))
    return int(any("error" in each for each in found.values()))


def lines(part: str, found: dict) -> list[str]:
    """What a part found, for people."""
    if "error" in found or "left_out" in found:
        return [f"{part}: {found.get('error') or found['left_out']}"]
    if "ratio" in found:
        asked = f", asked: {found['asked']:g}" if found["asked"] else ""
        first = f"{found['name']}: {found['ratio']:.2f} times [{found['low']:.2f}, {found['high']:.2f}] faster{asked}"
        times = f"  {found['ours']}: {found['ours_seconds']:.4f} s; {found['other']}: {found['other_seconds']:.4f} s"
        return [first, times, *(f"  {name}: {_short(value)}" for name, value in found["facts"].items())]
    plain = [f"  {name}: {_short(value)}" for name, value in found.items() if name != "sizes"]
    sizes = [f"  {s['megapixels']:g} MP: {s['seconds']:.2f} s, {s['peak_gb']:.2f} GB" for s in found.get("sizes", [])]
    return [f"{part}:", *plain, *sizes]


def markdown(found: dict[str, dict]) -> str:
    """The same as a Markdown file."""
    told = [line for part, each in found.items() for line in ("", *lines(part, each))]
    return (
        "# Speed\n"
        + "\n".join(f"- {line}" if line and not line.startswith(" ") else f"    {line}" for line in told)
        + "\n"
    )


def _measured(measure: Callable[[argparse.Namespace], dict], options: argparse.Namespace) -> dict:
    try:
        return measure(options)
    except throughput.NoGPU as missing:
        return {"left_out": str(missing)}
    except (ImportError, OSError, RuntimeError, ValueError) as problem:
        return {"error": " ".join(str(problem).split())}


def _training(options: argparse.Namespace) -> dict:
    """In a process of its own: this house may not look into the one that trains."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "training.json"
        command = [sys.executable, "-m", "train", "speed", "--device", options.device, "--output", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "training failed")
        return json.loads(path.read_text())


_MEASURES: dict[str, Callable[[argparse.Namespace], dict]] = {
    "selfie": lambda options: selfie.ratio(options.device, options.photo, options.rounds).to_dict(),
    "gpu": lambda options: throughput.ratio(options.rounds).to_dict(),
    "training": _training,
    "filters": lambda options: filters.ratio(options.photo, options.rounds).to_dict(),
    "scores": lambda options: scores.ratio(options.rounds).to_dict(),
    "growth": lambda options: growth.measure(options.method, options.device, options.photo).to_dict(),
    "page": lambda options: page.measure(options.method, options.photo, analyses=options.analyses).to_dict(),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval speed", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="only these parts (all)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute (auto)")
    parser.add_argument("--method", default=methods.DEFAULT, help="method of the parts growth and page (%(default)s)")
    parser.add_argument("--photo", default="", help="a photo of a face in place of scikit-image's astronaut")
    parser.add_argument("--rounds", type=int, default=7, help="how often both ways are timed in turns (7)")
    parser.add_argument("--analyses", type=int, default=page.ANALYSES, help="of the part page, over 8 clients (200)")
    parser.add_argument(
        "--output", type=Path, default=Path("results"), help="folder for speed.json and speed.md (results)"
    )
    return parser


def _machine() -> dict:
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": platform.processor() or platform.machine(),
        "torch threads": torch.get_num_threads(),
        "bfloat16 instructions": str(any("bf16" in key for key, has in _capabilities().items() if has)),
        "GPU": gpu,
        "torch": torch.__version__,
    }


def _capabilities() -> dict:
    return torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}


def _short(value: float | str | bool) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


__all__ = ["PARTS", "Ratio", "lines", "main", "markdown"]
