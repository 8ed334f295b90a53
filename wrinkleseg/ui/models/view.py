"""The methods as HTML: one card each, in plain words first. Everything that came with a model is escaped."""

import re
from collections.abc import Sequence

from wrinkleseg.methods import MethodInfo
from wrinkleseg.models import BUILDERS
from wrinkleseg.ui import choices
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.models import card_text
from wrinkleseg.ui.services import Figures, Services
from wrinkleseg.ui.texts import models as texts

_NON_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|research only", re.IGNORECASE)


def listing(services: Services, infos: Sequence[MethodInfo]) -> str:
    """All methods: networks, then filters, the usual ones first. What holds for all of them is said once."""
    usual = {task: choices.default(infos, services.default_method, task) for task in texts.FINDS}
    order = sorted(infos, key=lambda info: info.name not in usual.values())
    networks, filters = ([info for info in order if bool(info.parameters) == kind] for kind in (True, False))
    count = texts.COUNT.format(count=len(infos), networks=len(networks), filters=len(filters))

    def cards(group: Sequence[MethodInfo]) -> str:
        mine = ((info, tuple(task for task, name in usual.items() if name == info.name)) for info in group)
        return "".join(
            card(info, services.figures(info), services.model_card(info.name), tasks) for info, tasks in mine
        )

    return (
        f'<section class="ws-models"><h2>{texts.HEADING}</h2><p>{texts.INTRO}</p><p>{texts.MEANT_FOR}</p>'
        f'<p class="ws-models-count">{count}</p><details class="ws-models-figures"><summary>{texts.FIGURES_MEAN}</summary>'
        f"<p>{texts.FIGURES_HINT}</p></details>{_group(texts.NETWORKS, '', cards(networks))}"
        f"{_group(texts.FILTERS, texts.LIMITS_FILTER, cards(filters))}</section>"
    )


def card(info: MethodInfo, figures: Sequence[Figures], model_card: str, usual: Sequence[str]) -> str:
    """One method. figures: how it did; model_card: Markdown, "" where there is none; usual: tasks that the page gives it."""
    about = texts.ABOUT.get(info.name, texts.ABOUT_OTHER[bool(info.parameters)])
    return (
        f'<article class="ws-model" data-method="{escape(info.name)}"><h4>{escape(info.title or info.name)}</h4>'
        f"{_badges(info, usual)}<p>{about}</p>{_figures(figures)}{_facts(info)}{_limits(info)}{_model_card(info, model_card)}</article>"
    )


def loaded(info: MethodInfo) -> str:
    """It worked."""
    said = escape(texts.LOADED.format(title=info.title or info.name))
    return f'<p class="ws-model-loaded"><span aria-hidden="true">✓</span> {said}</p>'


def failed(message: str) -> str:
    """Why a model was not loaded."""
    return f'<section class="ws-failed" role="alert"><h2>{texts.ERROR_TITLE}</h2><p>{escape(message)}</p></section>'


def non_commercial(licence: str) -> bool:
    """Whether a licence, as its owner wrote it, forbids commercial use."""
    return bool(_NON_COMMERCIAL.search(licence.replace("_", "-")))


def _group(title: str, limits: str, cards: str) -> str:
    said = f"<p>{limits}</p>" if limits else ""
    return f'<section class="ws-models-group"><h3>{title}</h3>{said}{cards}</section>' if cards else ""


def _badges(info: MethodInfo, usual: Sequence[str]) -> str:
    said = [(texts.USUAL[task], "usual") for task in usual]
    said += [(texts.FINDS[task], task) for task in info.tasks if task in texts.FINDS]
    said.append((texts.NETWORK if info.parameters else texts.FILTER, "kind"))
    if non_commercial(info.licence):
        said.append((texts.NON_COMMERCIAL, "terms"))
    return (
        f'<ul class="ws-badges">{"".join(f"""<li class="ws-badge-{kind}">{text}</li>""" for text, kind in said)}</ul>'
    )


def _facts(info: MethodInfo) -> str:
    size = texts.PARAMETERS.format(millions=info.parameters / 1e6) if info.parameters else texts.NO_PARAMETERS
    thresholds = ", ".join(f"{task} {value:.3g}" for task, value in info.thresholds.items())
    facts = {
        texts.SIZE: size,
        texts.SOURCE: info.source,
        texts.LICENCE: info.licence or texts.NO_LICENCE,
        texts.THRESHOLD: thresholds,
        texts.WEIGHTS: texts.WEIGHTS_INFO.format(weights=info.weights) if info.weights else "",
        texts.NAME: info.name,
    }
    lines = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items() if value)
    return f'<dl class="ws-facts">{lines}</dl>'


def _figures(figures: Sequence[Figures]) -> str:
    if not figures:
        return f'<h5>{texts.FIGURES}</h5><p class="ws-hint">{texts.NO_FIGURES}</p>'
    names = [name for name in texts.FIGURE_COLUMNS if name == "photos" or any(name in f.means for f in figures)]
    heads = "".join(f'<th scope="col">{texts.FIGURE_COLUMNS[name]}</th>' for name in names)
    rows = "".join(f"<tr>{_first(one)}{''.join(_cell(one, name) for name in names)}</tr>" for one in figures)
    return (
        f'<h5>{texts.FIGURES}</h5><div class="ws-scroll"><table class="ws-figures"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _first(one: Figures) -> str:
    other = texts.FIGURE_OTHER[one.task].format(annotator=one.annotator)
    return f'<th scope="row">{escape(texts.FIGURE_SET.get((one.task, one.annotator), other))}</th>'


def _cell(one: Figures, name: str) -> str:
    if name == "photos":
        return f"<td>{one.photos}</td>"
    return f"<td>{one.means[name]:.2f}</td>" if name in one.means else "<td>–</td>"


def _limits(info: MethodInfo) -> str:
    """What is to be known of one network; filters share theirs."""
    if not info.parameters:
        return ""
    return f"<h5>{texts.LIMITS}</h5><p>{texts.LIMITS_SHIPPED if info.name in BUILDERS else texts.LIMITS_OTHER}</p>"


def _model_card(info: MethodInfo, markdown: str) -> str:
    if not markdown.strip():
        return f'<p class="ws-hint">{texts.NO_CARD}</p>' if info.parameters else ""
    body = card_text.html(markdown)
    return f'<details class="ws-model-card"><summary>{texts.CARD}</summary><div>{body}</div></details>'
