"""Which method finds wrinkles and which finds pores, in words, and the name that the two have together."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from wrinkleseg.methods import MethodError, MethodInfo
from wrinkleseg.ui import texts
from wrinkleseg.ui.cards import escape

DIGITS = 3
"""Digits of a threshold after the point. Two levels of an 8-bit map are four times as far apart."""


def for_task(infos: Sequence[MethodInfo], task: str) -> list[tuple[str, str]]:
    """(title, name) of every method that has the task."""
    return [(info.title, info.name) for info in infos if task in info.tasks]


def default(infos: Sequence[MethodInfo], method: str, task: str) -> str | None:
    """The part of a composite "A+B" that does the task; the first method that has it, where no part does; None where none has."""
    able = [name for _, name in for_task(infos, task)]
    return next((part for part in method.split("+") if part in able), able[0] if able else None)


def labels(infos: Sequence[MethodInfo], task: str) -> list[tuple[str, str]]:
    """As `for_task`, and which are trained; two that share a title are told apart by the last part of their name."""
    able = [info for info in infos if task in info.tasks]
    titles = [info.title for info in able]
    return [(_label(info, titles.count(info.title) > 1), info.name) for info in able]


def several(infos: Sequence[MethodInfo], method: str, task: str) -> list[str]:
    """Names to start a comparison with: the usual method for the task, another network, and filters up to three."""
    able = [info for info in infos if task in info.tasks]
    usual = default(infos, method, task)
    others = [info.name for info in able if info.name != usual and info.parameters][:1]
    filters = [info.name for info in able if info.name != usual and not info.parameters]
    chosen = (usual, *others, *filters[len(others) - 2 :])
    return [info.name for info in able if info.name in chosen]


def compose(infos: Sequence[MethodInfo], wrinkle: str | None, pore: str | None) -> str:
    """Name of the method that takes wrinkles from one and pores from the other.

    A composite gives each task to its first part that has it, so the part with fewer tasks goes first.
    """
    tasks = {info.name: len(info.tasks) for info in infos}
    parts = dict.fromkeys(part for part in (wrinkle, pore) if part)
    return "+".join(sorted(parts, key=lambda name: tasks.get(name, 0)))


def check(infos: Sequence[MethodInfo], method: str) -> str:
    """The name itself, if every part of it is offered. Raises MethodError.

    The library also opens a folder by its path; a visitor of the page must not.
    """
    offered = [info.name for info in infos]
    if unknown := [part for part in method.split("+") if part not in offered]:
        raise MethodError(texts.ERROR_METHOD.format(name=unknown[0], offered=", ".join(offered)))
    return method


def threshold(infos: Sequence[MethodInfo], name: str | None, task: str) -> float:
    """The usual threshold of a method for a task, as a visitor reads it."""
    return round(usual(infos, name, task), DIGITS)


def usual(infos: Sequence[MethodInfo], name: str | None, task: str) -> float:
    """The usual threshold of a method for a task; one half where it has none."""
    return next((info.thresholds[task] for info in infos if info.name == name and task in info.thresholds), 0.5)


def meant(thresholds: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    """A visitor's thresholds; one that is the method's own as it is shown is that to its last digit."""
    return {
        task: own[task] if task in own and value == round(own[task], DIGITS) else value
        for task, value in thresholds.items()
    }


def describe(infos: Sequence[MethodInfo], names: Sequence[str | None]) -> str:
    """What the chosen methods are, where they come from and under which licence, as HTML."""
    chosen = [info for info in infos if info.name in names]
    return '<dl class="ws-methods">' + "".join(_describe(info) for info in chosen) + "</dl>"


def _label(info: MethodInfo, shared: bool) -> str:
    notes = [PurePath(info.name).name if shared else "", texts.NETWORK_SHORT if info.parameters else ""]
    said = ", ".join(note for note in notes if note)
    return f"{info.title} ({said})" if said else info.title


def _describe(info: MethodInfo) -> str:
    size = texts.NETWORK.format(millions=info.parameters / 1e6) if info.parameters else texts.CLASSICAL
    facts = [size, escape(info.source), f"{texts.LICENCE}: {escape(info.licence)}" if info.licence else ""]
    facts.append(f"{texts.WEIGHTS} {escape(info.weights)}" if info.weights else "")
    said = ". ".join(fact[0].upper() + fact[1:] for fact in facts if fact)
    return f"<dt>{escape(info.title)}</dt><dd>{said}</dd>"
