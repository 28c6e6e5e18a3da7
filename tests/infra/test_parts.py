"""The parts of the check that have rules of their own."""

import json
from pathlib import Path

import pytest

from infra.check import trim
from infra.check.kql import names
from infra.check.shapes import Shape
from infra.check.source import Source, read
from infra.check.symbols import undefined
from infra.check.type_data import SHIPPED, Found, Type, TypeData


def source_of(folder: Path, text: str) -> Source:
    file = folder / "one.bicep"
    file.write_text(text, "utf-8")
    return read(file)


@pytest.mark.parametrize(
    ("query", "read_ones"),
    [
        ("T | where A == 'B' and isnotempty(C)", {"A", "C"}),
        ("T | summarize N = dcount(A) by B, bin(C, 1d) | where N > 3", {"A", "B", "C"}),
        ("T | extend D = A.inner // a remark on E\n| project D", {"A"}),
        ("T | mv-expand F = A to typeof(string) | order by F asc", {"A"}),
        ("T | where A between (datetime(2026-01-01) .. {Range:end})", {"A"}),
    ],
)
def test_a_query_reads_the_columns_that_it_does_not_make(query: str, read_ones: set[str]) -> None:
    found = names(query)
    assert (found.tables, found.read) == ({"T"}, read_ones)


def test_names_of_loops_lambdas_and_functions_count_only_inside_of_them(tmp_path: Path) -> None:
    source = source_of(
        tmp_path,
        """
param list array
var a = [for (one, at) in list: { name: one, at: at }]
var b = map(list, item => item.name)
func said(word string) string => 'hi ${word}'
output c array = [one, item, word, at, list, a, b]
""",
    )
    assert [finding.text for finding in undefined(source)] == [
        f"undefined symbol {name!r}" for name in ("one", "item", "word", "at")
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("flag ? 'a' : 'c'", "x.kind: 'c' is none of a, b"),
        ("(flag ? 'a' : ('d'))", "x.kind: 'd' is none of a, b"),
        ("7", "x.kind: takes a string, not an int"),
        ("flag", ""),
        ("'${flag}'", ""),
    ],
)
def test_both_branches_of_a_choice_are_checked_and_expressions_are_believed(
    value: str, told: str, tmp_path: Path
) -> None:
    types: list[Type] = [
        {"$type": "StringLiteralType", "value": "a"},
        {"$type": "StringLiteralType", "value": "b"},
        {"$type": "UnionType", "elements": [{"$ref": "#/0"}, {"$ref": "#/1"}]},
    ]
    source = source_of(tmp_path, f"param flag bool\nvar x = {value}\n")
    (declared,) = source.of_kind("var")
    found = [one.text for one in Shape(source).check(declared.value, Found(tuple(types), types[2]), "x.kind")]
    assert found == ([told] if told else [])


def test_trimming_keeps_what_is_referred_to_and_numbers_it_anew() -> None:
    types: list[Type] = [
        {"$type": "StringType"},
        {"$type": "BooleanType"},
        {
            "$type": "ObjectType",
            "properties": {"description": {"type": {"$ref": "#/1"}, "description": "what it says"}},
        },
        {"$type": "ResourceType", "name": "A/b@1", "body": {"$ref": "#/2"}},
    ]
    assert trim.reachable(types, [3]) == [
        {"$type": "BooleanType"},
        {"$type": "ObjectType", "properties": {"description": {"type": {"$ref": "#/0"}}}},
        {"$type": "ResourceType", "name": "A/b@1", "body": {"$ref": "#/1"}},
    ]


def test_types_at_another_place_are_used_instead_of_the_trimmed_ones(tmp_path: Path) -> None:
    folder = tmp_path / "any/microsoft.network/2030-01-01"
    folder.mkdir(parents=True)
    body: Type = {"$type": "ObjectType", "properties": {}}
    resource = {"$type": "ResourceType", "name": "Microsoft.Network/new@2030-01-01", "body": {"$ref": "#/0"}}
    (folder / "types.json").write_text(json.dumps([body, resource]), "utf-8")
    types = TypeData(tmp_path)
    assert types.version_is_known("Microsoft.Network", "2030-01-01")
    assert types.body("microsoft.network/NEW@2030-01-01") is not None
    assert not TypeData(SHIPPED).version_is_known("Microsoft.Network", "2030-01-01")


def test_the_trimmed_types_tell_whose_they_are() -> None:
    told = (SHIPPED / "README.md").read_text("utf-8")
    assert "Azure/bicep-types-az" in told
    assert "MIT License" in told
