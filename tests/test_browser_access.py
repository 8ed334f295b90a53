"""Can everybody use the page? axe looks at every tab, wide and narrow, light and dark, before and after a photo."""

import pytest
from test_browser import browser, give, lacking, portrait  # noqa: F401
from test_browser_privacy import open_tab, served, tab_names, visit  # noqa: F401

pytestmark = pytest.mark.browser

SERIOUS = {"serious", "critical"}
GRADIO: dict[str, str] = {}
"""Rules that parts of Gradio break and that we cannot mend: selector -> rule and why."""


@pytest.fixture(scope="module")
def axe():
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        lacking("no axe-playwright-python (pip install -r requirements-dev.txt)")
    return Axe()


def broken(axe, opened) -> list[str]:
    """What axe finds serious or worse, a line for each place."""
    found = axe.run(opened).response["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
        if not any(known in node["html"] and rule["id"] == GRADIO[known] for known in GRADIO)
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_on_any_tab(axe, visit, portrait, width, scheme):  # noqa: F811
    opened = visit(width, 844, scheme)
    found = {"first visit": broken(axe, opened)}
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    opened.wait_for_timeout(500)
    for name in tab_names(opened):
        open_tab(opened, name)
        opened.wait_for_timeout(1500)  # the page keeps a connection open, so the network is never idle
        found[name] = broken(axe, opened)
    assert {name: lines for name, lines in found.items() if lines} == {}


TARGET = 24
"""px: what can be pressed is at least so high and wide (WCAG 2.2, 2.5.8)."""

_SMALL = """least => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, [role=tab]")]
    .map(part => [part.closest("label") && part.matches("[type=radio], [type=checkbox]") ? part.closest("label") : part, part])
    .filter(([area, part]) => part.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .map(([area]) => [area.getBoundingClientRect(), area.outerHTML.slice(0, 120)])
    .filter(([box]) => box.width > 1 && box.height > 1 && Math.min(box.width, box.height) < least)
    .map(([box, text]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${text}`)"""


def test_fingers_find_what_they_press(visit, portrait):  # noqa: F811
    opened = visit(390, 844)
    found = {"first visit": opened.evaluate(_SMALL, TARGET)}
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    for name in tab_names(opened):
        open_tab(opened, name)
        opened.wait_for_timeout(500)
        found[name] = opened.evaluate(_SMALL, TARGET)
    assert {name: lines for name, lines in found.items() if lines} == {}


_OUTLINED = "part => { const look = getComputedStyle(part); return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2; }"


def test_where_the_keyboard_is_can_be_seen(visit, portrait):  # noqa: F811
    opened = visit()
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    opened.keyboard.press("Tab")  # from now on the browser shows the focus
    for kind in ("radio", "checkbox", "range"):
        part = opened.locator(f"#controls input[type={kind}]:visible").first
        part.focus()
        assert part.evaluate(_OUTLINED), f"the focus on a {kind}"
        part.evaluate("part => part.blur()")
        assert not part.evaluate(_OUTLINED)


def test_a_photo_is_taken_away_by_its_cross_alone(visit, portrait):  # noqa: F811
    opened = visit()
    ways = opened.locator("#photo [data-testid=source-select]")
    ways.wait_for()
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    assert not ways.is_visible(), "they would take the result away without a word"
    opened.get_by_label("Remove Image").click()
    ways.wait_for()
    opened.wait_for_selector("#empty")


def test_axe_would_find_a_picture_without_words(axe, visit):  # noqa: F811
    opened = visit()
    opened.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert [line for line in broken(axe, opened) if line.startswith("image-alt")]
