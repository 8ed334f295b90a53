"""The report for people: one page of HTML that needs nothing else, for a screen and for paper (A4 or Letter)."""

import base64
from html import escape

import numpy as np

import wrinkleseg
from wrinkleseg.analysis import WHOLE, Analysis
from wrinkleseg.draw import COLOURS, overlay
from wrinkleseg.geometry import limited_scale, resize, scaled_size
from wrinkleseg.images import png_bytes
from wrinkleseg.measures import MIN_LENGTH, UNITS, Measures, written

_SIDE = 1000  # px: longer side of a picture inside the page; the full one lies beside it
_NOT_VISIBLE = "not visible"
_NOT_MEDICAL = (
    "For looking and measuring only: these are measures of a picture, not a diagnosis, and no medical device made them."
)
_MEANING = {
    "wrinkle_area_percent": "Share of the skin that can be seen in the zone. Eyes, lips, brows and hair do not count.",
    "wrinkle_length": "All lines of the zone laid end to end, over the distance between the two eyes.",
    "wrinkle_count": f"Separate lines. A line counts from {MIN_LENGTH:g} eye distances on, once in each zone that it crosses.",
    "wrinkle_mean_width_px": "Mean width along the middle of all lines.",
    "pore_count": "Separate spots; each belongs to the zone that its centre lies in.",
    "pore_density_percent": "Share of the skin that can be seen in the zone.",
    "pore_per_eye_area": "Spots on a patch of skin as wide and as high as the distance between the eyes.",
    "pore_mean_size_px": "Diameter of a disc of the same area, mean over all spots.",
}
"""Field of `Measures` -> what it means; the same figure in eye distances has no line of its own."""
_SUMMARY = ("wrinkle_area_percent", "wrinkle_length", "wrinkle_count", "pore_count", "pore_density_percent")


def html_bytes(analysis: Analysis) -> bytes:
    """The page in UTF-8: picture before and after, warnings, measures by zone, what they mean, how they were taken.

    No script, nothing is loaded. Pictures are lossless PNG, at most 1000 px long.
    """
    name = escape(analysis.name)
    parts = [
        f"<header><h1>{name}</h1><p>{escape(analysis.method.title)}. {_NOT_MEDICAL}</p></header>",
        _pictures(analysis),
        _summary(analysis),
        _warnings(analysis),
        *(_table(analysis, task) for task in analysis.maps),
        _meaning(analysis),
        _explanation(analysis),
    ]
    page = _PAGE.format(title=name, body="\n".join(part for part in parts if part))
    return page.encode("utf-8", "replace")


def _pictures(analysis: Analysis) -> str:
    marked = overlay(analysis.rgb, analysis.maps, analysis.thresholds)
    legend = ", ".join(
        f'<span class="swatch" style="background:rgb{COLOURS[task]}"></span>{_plural(task)}' for task in analysis.maps
    )
    before = _figure(analysis.rgb, "The photo as it came", "Before: the photo as it came")
    after = _figure(marked, f"The photo with {_plurals(analysis)} marked", f"After: {legend}")
    return f'<div class="pair">{before}{after}</div>'


def _figure(rgb: np.ndarray, alt: str, caption: str) -> str:
    """caption: HTML."""
    size = rgb.shape[:2]
    small = resize(rgb, scaled_size(size, limited_scale(size, _SIDE)))
    data = base64.b64encode(png_bytes(small)).decode()
    return f'<figure><img src="data:image/png;base64,{data}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'


def _summary(analysis: Analysis) -> str:
    whole = analysis.measures[WHOLE]
    shown = [field for field in _SUMMARY if getattr(whole, field) is not None]
    items = "".join(
        f"<li><strong>{_number(getattr(whole, field))}</strong> {UNITS[field][1]}<br>{UNITS[field][0]}</li>"
        for field in shown
    )
    return f'<h2>Whole face</h2><ul class="summary">{items}</ul>' if items else ""


def _warnings(analysis: Analysis) -> str:
    items = [f"<li>{escape(w.message)} <em>{escape(w.advice)}</em></li>" for w in analysis.quality]
    items += [f"<li>{escape(note)}</li>" for note in analysis.notes]
    return f'<section class="told"><h2>About the photo</h2><ul>{"".join(items)}</ul></section>' if items else ""


def _table(analysis: Analysis, task: str) -> str:
    skin = "skin_px" if task == "wrinkle" else "pore_skin_px"
    fields = [skin, *(field for field in UNITS if field.startswith(f"{task}_") and field != skin)]
    head = "".join(f'<th scope="col">{UNITS[field][0]}<br><small>{UNITS[field][1]}</small></th>' for field in fields)
    rows = "".join(_row(zone, values, task, fields) for zone, values in analysis.measures.items())
    head = f'<thead><tr><th scope="col">Zone</th>{head}</tr></thead>'
    title = f"{_plural(task).capitalize()} by zone"
    return (
        f'<section class="measures"><h2>{title}</h2><div class="wide"><table>{head}<tbody>{rows}</tbody></table></div>'
        "</section>"
    )


def _row(zone: str, values: Measures, task: str, fields: list[str]) -> str:
    title = f'<th scope="row">{_zone_title(zone)}</th>'
    if not getattr(values, f"{task}_visible"):
        return f'<tr>{title}<td class="none" colspan="{len(fields)}">{_NOT_VISIBLE}</td></tr>'
    kind = ' class="whole"' if zone == WHOLE else ""
    return f"<tr{kind}>{title}{''.join(f'<td>{_number(getattr(values, field))}</td>' for field in fields)}</tr>"


def _zone_title(zone: str) -> str:
    return escape("Whole face" if zone == WHOLE else zone.replace("crows", "crow's").replace("_", " ").capitalize())


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    if 0 < value < 0.001:
        return escape(written(value, "{:.3f}"))
    return str(value) if isinstance(value, int) else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _meaning(analysis: Analysis) -> str:
    """What the figures of the tables say, and what they cannot say."""
    shown = [field for field in _MEANING if field.split("_")[0] in analysis.maps]
    lines = "".join(f"<dt>{UNITS[field][0]} ({UNITS[field][1]})</dt><dd>{_MEANING[field]}</dd>" for field in shown)
    eyes = f"{analysis.face.eye_distance:.0f} px"
    return (
        f'<section class="meaning"><h2>What the figures mean</h2><dl>{lines}</dl>'
        f"<p>Left and right are the person's own. The distance between the centres of the two eyes is {eyes} here. "
        "A photo has no scale, so nothing is in millimetres. Compare only photos taken in the same light and from the "
        "same place, measured by the same method at the same thresholds. A zone is given no figures where too little "
        "of its skin can be seen.</p></section>"
    )


def _explanation(analysis: Analysis) -> str:
    about = analysis.to_dict()
    model = about["model"]
    size = f"network, {model['parameters']:,} parameters" if model["parameters"] else "image filter, no training"
    thresholds = ", ".join(f"{task} {value:g}" for task, value in about["threshold"].items())
    facts = {
        "Method": f"{model['title']} ({model['name']}), {size}",
        "Source": model["source"],
        "Licence": model["licence"],
        "Weights (fingerprint)": model["weights"],
        "Thresholds": f"{thresholds} (a pixel is marked above it)",
        "Versions": f"wrinkleseg {wrinkleseg.__version__}. Score version {about['score_version']}.",
        "Photo": f"{about['picture']['width']} × {about['picture']['height']} px, faces: {about['face']['count']}",
    }
    lines = "".join(f"<dt>{key}</dt><dd>{escape(str(value))}</dd>" for key, value in facts.items() if value)
    return f'<section class="how"><h2>How it was measured</h2><dl>{lines}</dl><p>{_NOT_MEDICAL}</p></section>'


def _plural(task: str) -> str:
    return f"{task}s"


def _plurals(analysis: Analysis) -> str:
    return " and ".join(_plural(task) for task in analysis.maps)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
body {{ color: #222; background: #fff; overflow-wrap: anywhere; }}
h1 {{ margin: 0; }} h2 {{ font-size: 1.25rem; margin: 2rem 0 .5rem; break-after: avoid; }} header p {{ color: #555; }}
.pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start; }}
figure {{ margin: 0; break-inside: avoid; }} img {{ width: 100%; max-height: 80vh; object-fit: contain; }}
figcaption {{ color: #555; font-size: .9rem; }}
.summary {{ list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .75rem; }}
.summary li {{ flex: 1 1 9rem; border: 1px solid #ddd; border-radius: .5rem; padding: .5rem .75rem; font-size: .9rem; }}
.summary strong {{ font-size: 1.4rem; }}
.told ul {{ background: #fdf3e1; border-radius: .5rem; padding: .75rem 1rem .75rem 2rem; }}
.told em {{ color: #555; }} .told li, dt, dd, tr {{ break-inside: avoid; }}
.wide {{ overflow-x: auto; }} table {{ border-collapse: collapse; width: 100%; overflow-wrap: normal; }}
th, td {{ padding: .3rem .6rem; border-bottom: 1px solid #ddd; }}
th, td {{ text-align: right; vertical-align: bottom; font-weight: normal; font-variant-numeric: tabular-nums; }}
th:first-child {{ text-align: left; }} tbody th {{ white-space: nowrap; }} thead th {{ font-weight: 600; }} thead small {{ font-weight: 400; }}
.none {{ text-align: center; color: #666; }} .whole th, .whole td {{ font-weight: 600; background: #f2f5f4; }}
.swatch {{ display: inline-block; width: .9em; height: .9em; margin-right: .3em; print-color-adjust: exact; }}
dt {{ font-weight: 600; margin-top: .5rem; }} dd {{ margin: 0; }}
@media (max-width: 40rem) {{ .pair {{ grid-template-columns: 1fr; }} }}
@page {{ margin: 14mm; }}
@media print {{
  body {{ font-size: 10pt; line-height: 1.4; margin: 0; padding: 0; max-width: none; }}
  h1 {{ font-size: 16pt; }} h2 {{ font-size: 12pt; margin-top: 5mm; }}
  .pair {{ grid-template-columns: 1fr 1fr; }} img {{ max-height: 105mm; }} .told ul {{ print-color-adjust: exact; }}
  .wide {{ overflow: visible; }} .measures, .told, .how {{ break-inside: avoid; }} .measures {{ font-size: 8.5pt; }}
  dl {{ columns: 2; }} dt {{ break-after: avoid; }} dd {{ break-before: avoid; }}
  th, td {{ padding: 1mm 1.5mm; }} thead {{ display: table-header-group; }}
}}
</style>
</head>
<body>
{body}
</body>
</html>
"""
