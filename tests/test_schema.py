"""The published JSON Schema says what the JSON of a result is: what the library writes fits, what is wrong does not."""

import copy
import functools
import json
import operator
import re

import numpy as np
import pytest
from fakes import FakeLibrary

from wrinkleseg import __main__ as command
from wrinkleseg import images, report, zones
from wrinkleseg.measures import UNITS
from wrinkleseg.ui import flow

SCHEMA = json.loads(report.SCHEMA_FILE.read_text("utf-8"))
KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": int | float,
}
SAID = {"$schema", "$id", "$defs", "title", "description"}


def faults(value, schema: dict, at: str = "$") -> list[str]:
    """What is wrong with a value, for the words of JSON Schema that ours uses; another word is an error of this test."""
    if not _is_one_of(value, schema.get("type", list(KINDS))):
        return [f"{at} is no {schema['type']}"]
    found = []
    for word, rule in schema.items():
        match word:
            case "type":
                pass  # looked at first
            case "const":
                found += [] if value == rule else [f"{at} is not {rule}"]
            case "enum":
                found += [] if value in rule else [f"{at} is none of {rule}"]
            case "minimum" | "maximum" | "exclusiveMinimum":
                found += _beyond(value, word, rule, at)
            case "pattern":
                found += [] if re.search(rule, value) else [f"{at} does not fit {rule}"]
            case "minLength" | "minItems":
                found += [] if len(value) >= rule else [f"{at} is too short"]
            case "uniqueItems":
                found += [] if len(set(value)) == len(value) else [f"{at} repeats itself"]
            case "items":
                found += [fault for i, each in enumerate(value) for fault in faults(each, rule, f"{at}[{i}]")]
            case "required":
                found += [f"{at}.{name} is missing" for name in rule if name not in value]
            case "properties":
                found += [f for name in rule if name in value for f in faults(value[name], rule[name], f"{at}.{name}")]
            case "additionalProperties":
                others = [name for name in value if name not in schema.get("properties", {})]
                found += [f for name in others for f in _other(value[name], rule, f"{at}.{name}")]
            case "propertyNames":
                found += [fault for name in value for fault in faults(name, rule, f"{at}.{name}")]
            case "$ref":
                found += faults(value, SCHEMA["$defs"][rule.removeprefix("#/$defs/")], at)
            case _:
                assert word in SAID, f"this test does not know {word!r}"
    return found


def _is_one_of(value, kinds: str | list[str]) -> bool:
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return isinstance(value, functools.reduce(operator.or_, (KINDS[k] for k in kinds))) and (
        not isinstance(value, bool) or "boolean" in kinds
    )


def _beyond(value, word: str, limit: float, at: str) -> list[str]:
    if value is None:
        return []
    good = {"minimum": value >= limit, "maximum": value <= limit, "exclusiveMinimum": value > limit}[word]
    return [] if good else [f"{at} is beyond {limit}"]


def _other(value, rule, at: str) -> list[str]:
    return [f"{at} is unknown"] if rule is False else faults(value, rule, at)


@pytest.fixture(scope="module")
def result(astronaut) -> dict:
    return json.loads(report.json_bytes(FakeLibrary().analyse("both", astronaut, name="portrait.png")))


def test_the_schema_names_the_draft_and_the_format():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == report.SCHEMA == SCHEMA["properties"]["$schema"]["const"]


def test_the_schema_knows_every_measure_and_no_other():
    assert list(SCHEMA["$defs"]["measures"]["properties"]) == ["visible", *UNITS]


def test_a_result_fits(result):
    assert faults(result, SCHEMA) == [] and list(result) == SCHEMA["required"]
    assert set(result["measures"]) >= {"whole", *zones.NAMES}


@pytest.mark.parametrize("method", ["frangi", "frangi+pores-dog"])
def test_a_real_result_fits(astronaut, method):
    from wrinkleseg.analysis import Analyzer

    small = np.ascontiguousarray(astronaut[:260, 100:360])
    found = json.loads(report.json_bytes(Analyzer(method).analyze(small)))
    assert faults(found, SCHEMA) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["$schema"], "urn:wrinkleseg:result:2"),
        (["score_version"], 1),
        (["name"], None),
        (["extra"], 1),
        (["model", "weights"], "xyz"),
        (["model", "tasks"], ["freckle"]),
        (["model", "tasks"], []),
        (["threshold", "wrinkle"], 1.2),
        (["picture", "width"], 0),
        (["face", "count"], True),
        (["measures", "whole", "wrinkle_area_percent"], 100.5),
        (["measures", "whole", "pore_count"], 1.5),
        (["measures", "whole", "skin_px"], None),
        (["measures", "nose", "visible"], "yes"),
        (["quality"], [{"code": "dark"}]),
        (["seconds", "face"], "fast"),
    ],
)
def test_a_wrong_value_does_not_fit(result, path, value):
    wrong = copy.deepcopy(result)
    place = wrong
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert len(faults(wrong, SCHEMA)) >= 1


def test_a_missing_zone_or_key_does_not_fit(result):
    assert "$.measures.whole is missing" in faults({**result, "measures": {}}, SCHEMA)
    for key in SCHEMA["required"]:
        assert faults({k: v for k, v in result.items() if k != key}, SCHEMA) == [f"$.{key} is missing"]


def test_a_validator_that_many_use_says_the_same(result):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(result)) == []


def test_page_and_command_line_write_the_same_json(astronaut, tmp_path, monkeypatch):
    """Byte for byte, but for the seconds that each took; both are told the same name of the photo."""
    from app import services

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    photo = tmp_path / "portrait"  # without an ending: the page names a photo without one, the command line with it
    images.save_png(tmp_path / "portrait.png", astronaut)
    (tmp_path / "portrait.png").rename(photo)
    assert command.main(["analyze", str(photo), "--model", "frangi+pores-dog", "--output", str(tmp_path / "out")]) == 0
    wired = services()
    *_, session = flow.analyse(wired, flow.open_file(wired, str(photo)), flow.Request("frangi+pores-dog"))
    written = [(tmp_path / "out" / "portrait.json").read_bytes(), report.json_bytes(session.analysis)]
    assert all(faults(json.loads(one), SCHEMA) == [] for one in written)
    command_line, page = (re.sub(rb'"seconds": \{[^}]*\}', b'"seconds": {}', one) for one in written)
    assert command_line == page and b'"seconds": {}' in page
