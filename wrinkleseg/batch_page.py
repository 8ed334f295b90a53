"""The overview of many photos as one page that needs nothing else: small pictures, main figures, links to the files beside it."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from wrinkleseg.measures import UNITS, WHOLE, written

_SHOWN = ("wrinkle_area_percent", "wrinkle_length", "wrinkle_count", "pore_count", "pore_density_percent")
_COUNTED = {"measured": ("photo measured", "photos measured"), "skipped": ("photo skipped", "photos skipped")}


def html_bytes(rows: Sequence[tuple[Mapping, bytes]]) -> bytes:
    """The page, UTF-8. No script, nothing is loaded.

    rows: of each photo `batch.Row.to_dict()` and its small picture, a PNG file or b"".
    """
    said = [_counted(rows, status) for status in _COUNTED]
    head = "".join(f"<th>{UNITS[field][0]}<br><small>{UNITS[field][1]}</small></th>" for field in _SHOWN)
    body = "\n".join(_row(about, picture) for about, picture in rows)
    return _PAGE.format(counts=", ".join(filter(None, said)), head=head, rows=body).encode("utf-8", "replace")


def _counted(rows: Sequence[tuple[Mapping, bytes]], status: str) -> str:
    count = sum(about["status"] == status for about, _ in rows)
    return f"{count} {_COUNTED[status][count != 1]}" if count else ""


def _row(about: Mapping, picture: bytes) -> str:
    data = base64.b64encode(picture).decode()
    image = f'<img src="data:image/png;base64,{data}" alt="">' if picture else ""
    name = escape(about["photo"])
    if about["status"] != "measured":
        return f'<tr class="skipped"><td>{image}</td><th>{name}</th><td class="why" colspan="{len(_SHOWN) + 1}">Skipped. {escape(about["error"])}</td></tr>'
    whole = about["measures"][WHOLE]
    figures = "".join(f"<td>{_number(whole[field])}</td>" for field in _SHOWN)
    return f"<tr><td>{image}</td><th>{name}{_links(about)}</th>{figures}<td>{_warnings(about)}</td></tr>"


def _links(about: Mapping) -> str:
    stem, tasks = about["folder"], about["model"]["tasks"]
    files = {"marked": f"{stem}_overlay.png", **{f"{task} map": f"{stem}_{task}.png" for task in tasks}}
    files["all figures"] = f"{stem}.json"
    links = (f'<a href="{escape(quote(f"{stem}/{file}"))}">{words}</a>' for words, file in files.items())
    return f"<small>{' · '.join(links)}</small>"


def _warnings(about: Mapping) -> str:
    said = [escape(f"{warning['message']} {warning['advice']}") for warning in about["quality"]]
    said += [escape(note) for note in about["notes"]]
    return f"<ul>{''.join(f'<li>{line}</li>' for line in said)}</ul>" if said else "good"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else escape(written(value, "{:.2f}"))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Results</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }}
body {{ color: #222; background: #fff; }} a {{ color: #0f766e; }}
table {{ border-collapse: collapse; }} .scroll {{ overflow-x: auto; }}
th, td {{ padding: .5rem .7rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }}
tbody th, td:last-child, th:last-child {{ text-align: left; overflow-wrap: anywhere; }} thead th {{ vertical-align: bottom; }}
tbody th {{ min-width: 9rem; }} th small {{ display: block; font-weight: normal; color: #555; }}
td:last-child {{ min-width: 16rem; font-size: .9em; }} ul {{ margin: 0; padding-left: 1.1em; }}
img {{ width: 64px; height: 64px; object-fit: cover; border-radius: 8px; display: block; }}
.skipped th, .skipped td {{ background: #fdecea; }} td.why {{ color: #8a1f15; font-size: 1em; }}
</style>
</head>
<body>
<h1>Results</h1>
<p>{counts}. Figures are of the whole face; every zone is in measures.csv, one row a photo and zone. photos.csv has one
row a photo.</p>
<div class="scroll"><table>
<thead><tr><td></td><th>Photo</th>{head}<th>About the photo</th></tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
<p>Areas are shares of the skin that can be seen. Lengths are over the distance between the centres of the two eyes. A
photo has no scale, so nothing is in millimetres. These are measures of a picture, not a diagnosis.</p>
</body>
</html>
"""
