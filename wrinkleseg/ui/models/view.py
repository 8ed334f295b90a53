"""The methods as HTML: one card each, in plain words first. Everything that came with a model is escaped."""

import re
from collections.abc import Sequence

from wrinkleseg.methods import MethodInfo
from wrinkleseg.models import BUILDERS
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.models import card_text
from wrinkleseg.ui.services import Figures, Services
from wrinkleseg.ui.texts import models as texts

_NON_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|research only", re.IGNORECASE)


def listing(services: Services, infos: Sequence[MethodInfo]) -> str:
    """All methods, the usual ones first."""
    usual = services.default_method.split("+")
    networks = sum(bool(info.parameters) for info in infos)
    count = texts.COUNT.format(count=len(infos), networks=networks, filters=len(infos) - networks)
    order = sorted(infos, key=lambda info: info.name not in usual)
    found = "".join(
        card(info, services.figures(info), services.model_card(info.name), info.name in usual) for info in order
    )
    return (
        f'<section class="ws-models"><h2>{texts.HEADING}</h2><p>{texts.INTRO}</p><p class="ws-models-count">{count}</p>'
        f"{found}</section>"
    )


def card(info: MethodInfo, figures: Sequence[Figures], model_card: str, usual: bool) -> str:
    """One method. figures: how it did; model_card: Markdown, "" where there is none; usual: the page starts with it."""
    about = texts.ABOUT.get(info.name, texts.ABOUT_OTHER[bool(info.parameters)])
    return (
        f'<article class="ws-model" data-method="{escape(info.name)}"><h3>{escape(info.title or info.name)}</h3>'
        f"{_badges(info, usual)}<p>{about}</p>{_facts(info)}{_figures(figures)}{_use(info)}{_model_card(info, model_card)}</article>"
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


def _badges(info: MethodInfo, usual: bool) -> str:
    said = [(texts.USUAL, "usual")] if usual else []
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
        return f'<h4>{texts.FIGURES}</h4><p class="ws-hint">{texts.NO_FIGURES}</p>'
    names = [name for name in texts.FIGURE_COLUMNS if name == "photos" or any(name in f.means for f in figures)]
    heads = "".join(f'<th scope="col">{texts.FIGURE_COLUMNS[name]}</th>' for name in names)
    rows = "".join(f"<tr>{_first(one)}{''.join(_cell(one, name) for name in names)}</tr>" for one in figures)
    return (
        f'<h4>{texts.FIGURES}</h4><div class="ws-scroll"><table class="ws-figures"><thead><tr><td></td>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="ws-hint">{texts.FIGURES_HINT}</p>'
    )


def _first(one: Figures) -> str:
    other = texts.FIGURE_OTHER[one.task].format(annotator=one.annotator)
    return f'<th scope="row">{escape(texts.FIGURE_SET.get((one.task, one.annotator), other))}</th>'


def _cell(one: Figures, name: str) -> str:
    if name == "photos":
        return f"<td>{one.photos}</td>"
    return f"<td>{one.means[name]:.2f}</td>" if name in one.means else "<td>–</td>"


def _use(info: MethodInfo) -> str:
    shipped = texts.LIMITS_SHIPPED if info.name in BUILDERS else texts.LIMITS_OTHER
    limits = shipped if info.parameters else texts.LIMITS_FILTER
    return f"<h4>{texts.USE}</h4><p>{texts.MEANT_FOR}</p><h4>{texts.LIMITS}</h4><p>{limits}</p>"


def _model_card(info: MethodInfo, markdown: str) -> str:
    if not markdown.strip():
        return f'<p class="ws-hint">{texts.NO_CARD}</p>' if info.parameters else ""
    body = card_text.html(markdown)
    return f'<details class="ws-model-card"><summary>{texts.CARD}</summary><div>{body}</div></details>'
