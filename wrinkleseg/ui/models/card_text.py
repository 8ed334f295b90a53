"""A model card on the page: the little Markdown that cards are written in, as HTML that can do nothing.

Whoever made a model wrote its card, so nothing of it is trusted: every text is escaped, no link leads away, no picture
is fetched. What the page does not know stays as it was written.
"""

import re
from collections.abc import Iterator

from wrinkleseg.ui.cards import escape

_FRONT = re.compile(r"\A---\s*\n.*?\n---\s*(\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_ITEM = re.compile(r"\s*[*+-]\s+(.+)")
_RULE = re.compile(r"\|?[\s:|-]+\|?")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_HIGHEST = 5  # a card's title stands below the method's


def html(markdown: str) -> str:
    """The card, without its front matter, as HTML: headings, paragraphs, lists, tables, code, bold and slanted words."""
    lines = _COMMENT.sub("", _FRONT.sub("", markdown)).replace("\r\n", "\n").split("\n")
    return "".join(_blocks(lines))


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.lstrip().startswith("```"):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].lstrip().startswith("```")), len(lines))
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
            at = end + 1
        elif found := _HEADING.fullmatch(line.strip()):
            level = min(6, len(found[1]) + _HIGHEST - 1)
            yield f"<h{level}>{_inline(found[2])}</h{level}>"
            at += 1
        else:
            kind = _kind(line)
            end = next((i for i in range(at + 1, len(lines)) if _ends(kind, lines[i])), len(lines))
            yield {"table": _table, "list": _list, "text": _text}[kind](lines[at:end])
            at = end


def _kind(line: str) -> str:
    if line.lstrip().startswith("|"):
        return "table"
    return "list" if _ITEM.fullmatch(line) else "text"


def _ends(kind: str, line: str) -> bool:
    """Whether a block of that kind ends before this line."""
    if not line.strip() or line.lstrip().startswith("```") or _HEADING.fullmatch(line.strip()):
        return True
    other = _kind(line)
    return other == "table" if kind == "list" else other != kind


def _text(lines: list[str]) -> str:
    return f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _list(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        if found := _ITEM.fullmatch(line):
            items.append(found[1])
        else:
            items[-1] += f" {line.strip()}"
    return f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"


def _table(lines: list[str]) -> str:
    head, *body = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines)
    rows = [row for row, line in zip(body, lines[1:], strict=True) if not _RULE.fullmatch(line.strip())]
    heads = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    cells = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="ws-scroll"><table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table></div>'


def _inline(text: str) -> str:
    """Code between backticks is taken as it is; in the rest, pictures and links become words."""
    return "".join(f"<code>{escape(part)}</code>" if i % 2 else _words(part) for i, part in enumerate(text.split("`")))


def _words(text: str) -> str:
    plain = escape(_LINK.sub(r"\1 (\2)", _PICTURE.sub(r"\1", text)))
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", plain)
    return re.sub(r"(?<!\w)\*(?!\s)(.+?)(?<!\s)\*(?!\w)", r"<em>\1</em>", bold)
