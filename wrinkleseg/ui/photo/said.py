"""The figures of a zone as one sentence in plain words."""

from wrinkleseg.analysis import WHOLE, Analysis, Measures
from wrinkleseg.ui import texts
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.texts import result as words


def sentences(analysis: Analysis) -> str:
    """A hidden list with the sentence of every zone, "whole" among them: a script reads out the one that is chosen."""
    tasks = tuple(analysis.maps)
    items = "".join(
        f'<li data-sentence="{escape(zone)}">{escape(sentence(zone, measures, tasks))}</li>'
        for zone, measures in analysis.measures.items()
    )
    return f'<ul hidden class="ws-sentences">{items}</ul>'


def sentence(zone: str, measures: Measures, tasks: tuple[str, ...]) -> str:
    """What is known of a zone, e.g. "Forehead: 2.1 % of the visible skin is marked as wrinkles, 7 lines; …"."""
    name = texts.zone_name(zone)
    if not any(getattr(measures, f"{task}_visible") for task in tasks):
        return f"{name}: {words.SAID_HIDDEN}."
    said = {"wrinkle": _wrinkles, "pore": _pores}
    parts = [
        said[task](measures) if getattr(measures, f"{task}_visible") else words.SAID_TASKS_HIDDEN[task]
        for task in texts.TASKS
        if task in tasks
    ]
    first, *rest = parts
    return f"{name}: {'. '.join([first, *map(_capital, rest)])}."


def whole(analysis: Analysis) -> str:
    """The sentence of the whole face."""
    return sentence(WHOLE, analysis.measures[WHOLE], tuple(analysis.maps))


def _wrinkles(measures: Measures) -> str:
    percent, length = measures.wrinkle_area_percent, measures.wrinkle_length
    if not percent:
        return words.SAID_NO_WRINKLE
    area = words.SAID_AREA.format(percent=percent) if percent >= texts.LEAST_PERCENT else words.SAID_AREA_SMALL
    lines = words.SAID_LINES[min(2, measures.wrinkle_count)].format(count=measures.wrinkle_count)
    long = words.SAID_LENGTH.format(length=length) if length >= 0.1 else words.SAID_LENGTH_SMALL
    return f"{area}, {lines}; {long}"


def _pores(measures: Measures) -> str:
    count = measures.pore_count
    said = words.SAID_PORES[min(2, count)].format(count=count)
    if not count:
        return said
    percent = measures.pore_density_percent
    share = words.SHARE.format(percent=percent) if percent >= texts.LEAST_PERCENT else words.SHARE_SMALL
    return f"{said}; {words.SAID_PORES_AREA[min(2, count)].format(share=share)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
