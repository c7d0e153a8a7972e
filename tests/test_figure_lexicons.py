"""The lexicons of figures and attributions are well formed, sorted, and say a few known things."""

import csv
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

LEXICONS = Path(__file__).parents[1] / "seeds" / "lexicons"


def words(text: str) -> frozenset[str]:
    """Split a list of words."""
    return frozenset(text.split())


CUE_TYPES = words("say claim deny ask order estimate threaten promise believe report praise blame agree")
MEASURED = words("distance area volume weight temperature speed energy power ratio other")
UNITS = MEASURED | words("person household structure vehicle site item event money")
POPULATIONS = words("unspecified civilians combatants relatives women men children supporters detainees staff")
MEASURES = words("killed injured missing captured detained surrendered left fled displaced evacuated returned remaining") | words(
    "trapped hosted affected in_need destroyed damaged deployed overcrowding"
)
TAKES = ["quote", "that", "to", "of", "as", "addressee", "object", "whom", "bare"]
FILES: dict[str, tuple[list[str], list[str], int]] = {
    "counted_nouns": (["singular", "plural", "unit", "population"], ["singular"], 900),
    "measures": (["word", "measure", "word_class", "pos"], ["word", "measure"], 350),
    "reporting_verbs": (["base", "third", "past", "participle", "ing", "cue_type", "takes"], ["base", "past", "participle"], 220),
    "cue_nouns": (["phrase", "cue_type", "pattern"], ["phrase"], 60),
    "units": (["unit", "plural", "kind", "ucum", "case"], ["unit"], 260),
    "currencies": (["form", "currency", "form_type", "factor"], ["form"], 200),
}
OPTIONAL = {("units", "ucum"), ("currencies", "currency")}


def rows(name: str) -> list[dict[str, str]]:
    """Read a lexicon."""
    with (LEXICONS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", FILES)
def test_file_is_plain_csv(name: str) -> None:
    header, _, least = FILES[name]
    raw = (LEXICONS / f"{name}.csv").read_bytes()
    text = raw.decode("utf-8")
    assert b"\r" not in raw
    assert text.endswith("\n")
    assert text.splitlines()[0] == ",".join(header)
    assert unicodedata.is_normalized("NFC", text)
    assert len(rows(name)) >= least


@pytest.mark.parametrize("name", FILES)
def test_keys_are_unique_and_sorted(name: str) -> None:
    _, key, _ = FILES[name]
    keys = [tuple(row[column] for column in key) for row in rows(name)]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", FILES)
def test_cells_are_full_and_trimmed(name: str) -> None:
    for row in rows(name):
        for column, value in row.items():
            assert value == " ".join(value.split()), row
            assert value or (name, column) in OPTIONAL, row


def test_counted_nouns() -> None:
    nouns = rows("counted_nouns")
    for row in nouns:
        assert row["unit"] in UNITS, row
        assert row["population"] in (POPULATIONS if row["unit"] == "person" else {"none"}), row
        assert row["singular"] == row["singular"].lower(), row
        assert row["plural"] == row["plural"].lower(), row
    assert sum(row["unit"] == "person" for row in nouns) >= 350
    owner: dict[str, str] = {}
    for row in nouns:
        for form in {row["singular"], row["plural"]}:
            assert owner.setdefault(form, row["singular"]) == row["singular"], form


@pytest.mark.parametrize(
    ("singular", "plural", "unit", "population"),
    [
        ("person", "people", "person", "unspecified"),
        ("soldier", "soldiers", "person", "combatants"),
        ("wife", "wives", "person", "relatives"),
        ("baby", "babies", "person", "children"),
        ("policeman", "policemen", "person", "staff"),
        ("asylum seeker", "asylum seekers", "person", "civilians"),
        ("infection", "infections", "person", "unspecified"),
        ("prisoner of war", "prisoners of war", "person", "detainees"),
        ("family", "families", "household", "none"),
        ("school", "schools", "structure", "none"),
        ("aircraft", "aircraft", "vehicle", "none"),
        ("checkpoint", "checkpoints", "site", "none"),
        ("shell", "shells", "item", "none"),
        ("air strike", "air strikes", "event", "none"),
        ("vote", "votes", "other", "none"),
    ],
)
def test_counted_noun(singular: str, plural: str, unit: str, population: str) -> None:
    expected = {"singular": singular, "plural": plural, "unit": unit, "population": population}
    assert expected in rows("counted_nouns")


def test_measures() -> None:
    measures = rows("measures")
    allowed = {("active_object", "verb"), ("subject", "verb"), ("nominal", "noun"), ("person", "noun"), ("adjective", "adjective")}
    for row in measures:
        assert row["measure"] in MEASURES, row
        assert (row["word_class"], row["pos"]) in allowed, row
        assert row["word"] == row["word"].lower(), row
    assert {row["measure"] for row in measures} == MEASURES
    times = Counter(row["word"] for row in measures)
    assert [word for word, count in times.items() if count > 1] == ["left"]


@pytest.mark.parametrize(
    ("word", "measure", "word_class"),
    [
        ("kills", "killed", "active_object"),
        ("died", "killed", "subject"),
        ("death toll", "killed", "nominal"),
        ("dead", "killed", "adjective"),
        ("shot dead", "killed", "active_object"),
        ("lost their lives", "killed", "subject"),
        ("wounded", "injured", "active_object"),
        ("injuries", "injured", "nominal"),
        ("missing", "missing", "adjective"),
        ("blown up", "destroyed", "active_object"),
        ("pulled out of", "left", "subject"),
        ("took shelter", "hosted", "subject"),
        ("surrendering", "surrendered", "subject"),
        ("left", "left", "subject"),
        ("left", "remaining", "adjective"),
        ("homeless", "displaced", "adjective"),
        ("cases", "affected", "nominal"),
    ],
)
def test_measure(word: str, measure: str, word_class: str) -> None:
    assert (word, measure, word_class) in {(row["word"], row["measure"], row["word_class"]) for row in rows("measures")}


def test_reporting_verbs() -> None:
    for row in rows("reporting_verbs"):
        takes = row["takes"].split()
        assert row["cue_type"] in CUE_TYPES, row
        assert takes == [item for item in TAKES if item in takes], row
        assert takes, row
        assert all(row[column] == row[column].lower() for column in ("base", "third", "past", "participle", "ing")), row
        assert row["ing"].split()[0].endswith("ing"), row
        assert row["third"].split()[0].endswith("s"), row
        assert {len(row[column].split()) for column in ("base", "third", "past", "participle", "ing")} == {len(row["base"].split())}, row


@pytest.mark.parametrize(
    ("base", "past", "participle", "cue_type"),
    [
        ("say", "said", "said", "say"),
        ("tell", "told", "told", "say"),
        ("deny", "denied", "denied", "deny"),
        ("write", "wrote", "written", "say"),
        ("urge", "urged", "urged", "order"),
        ("quip", "quipped", "quipped", "say"),
        ("point out", "pointed out", "pointed out", "say"),
        ("warn", "warned", "warned", "threaten"),
        ("estimate", "estimated", "estimated", "estimate"),
        ("think", "thought", "thought", "believe"),
        ("label", "labelled", "labelled", "report"),
        ("label", "labeled", "labeled", "report"),
    ],
)
def test_reporting_verb(base: str, past: str, participle: str, cue_type: str) -> None:
    found = {(row["base"], row["past"], row["participle"], row["cue_type"]) for row in rows("reporting_verbs")}
    assert (base, past, participle, cue_type) in found


def test_complements() -> None:
    takes = {row["base"]: set(row["takes"].split()) for row in rows("reporting_verbs")}
    assert {"quote", "that", "of", "addressee"} <= takes["tell"]
    assert {"to", "addressee"} <= takes["urge"]
    assert takes["describe"] == {"quote", "as", "object"}
    assert "addressee" not in takes["say"]


def test_cue_nouns() -> None:
    cues = {row["phrase"]: row for row in rows("cue_nouns")}
    for row in cues.values():
        assert row["cue_type"] in CUE_TYPES, row
        assert row["pattern"] in {"source_after", "that_clause"}, row
        assert row["phrase"] == row["phrase"].lower(), row
    assert cues["according to"]["pattern"] == "source_after"
    assert cues["claim"]["pattern"] == "that_clause"
    assert cues["denials"]["cue_type"] == "deny"


def test_units() -> None:
    units = {row["unit"]: row for row in rows("units")}
    for row in units.values():
        assert row["kind"] in MEASURED, row
        assert row["case"] in {"exact", "any_case"}, row
        if row["case"] == "any_case":
            assert row["unit"] == row["unit"].lower(), row
            assert row["plural"] == row["plural"].lower(), row
        assert " " not in row["ucum"], row
    known = {
        "km": ("distance", "km"),
        "kilometre": ("distance", "km"),
        "kilometer": ("distance", "km"),
        "mile": ("distance", "[mi_i]"),
        "foot": ("distance", "[ft_i]"),
        "sq km": ("area", "km2"),
        "hectare": ("area", "har"),
        "litre": ("volume", "L"),
        "barrel": ("volume", "[bbl_us]"),
        "tonne": ("weight", "t"),
        "pound": ("weight", "[lb_av]"),
        "degree celsius": ("temperature", "Cel"),
        "°F": ("temperature", "[degF]"),
        "mph": ("speed", "[mi_i]/h"),
        "kWh": ("energy", "kW.h"),
        "megawatt": ("power", "MW"),
        "per cent": ("ratio", "%"),
        "percentage point": ("ratio", "%"),
        "gigabyte": ("other", "GBy"),
    }
    for unit, (kind, ucum) in known.items():
        assert (units[unit]["kind"], units[unit]["ucum"]) == (kind, ucum), unit
    assert units["foot"]["plural"] == "feet"
    assert not {"second", "minute", "hour", "day", "week", "month", "year"} & set(units)


def test_currencies() -> None:
    currencies = {row["form"]: row for row in rows("currencies")}
    for row in currencies.values():
        assert row["form_type"] in {"symbol", "prefix", "code", "word", "subunit"}, row
        assert row["currency"] == "" or re.fullmatch(r"[A-Z]{3}", row["currency"]), row
        is_multiple = row["form_type"] == "code" and row["form"][1:] == row["currency"]
        assert float(row["factor"]) == 1 or is_multiple or row["form_type"] in {"subunit", "symbol"}, row
        if row["form_type"] in {"word", "subunit"}:
            assert row["form"] == row["form"].lower(), row
            assert (float(row["factor"]) == 1) == (row["form_type"] == "word"), row
        if row["form_type"] == "code" and not is_multiple:
            assert re.fullmatch(r"[A-Z]{3}", row["form"]), row
    assert sum(row["form_type"] == "code" for row in currencies.values()) >= 160
    known = {
        "$": "USD",
        "€": "EUR",
        "£": "GBP",
        "C$": "CAD",
        "US$": "USD",
        "HK$": "HKD",
        "EUR": "EUR",
        "euros": "EUR",
        "dollars": "USD",
        "pence": "GBP",
        "australian dollars": "AUD",
        "pounds sterling": "GBP",
        "peso": "",
        "dinars": "",
        "Rs": "",
        "kr": "",
    }
    for form, currency in known.items():
        assert currencies[form]["currency"] == currency, form
    assert currencies["cents"]["factor"] == "0.01"


def test_words_of_two_lexicons_are_known() -> None:
    nouns = {form for row in rows("counted_nouns") for form in (row["singular"], row["plural"])}
    units = {form for row in rows("units") if row["case"] == "any_case" for form in (row["unit"], row["plural"])}
    money = {row["form"] for row in rows("currencies") if row["form_type"] in {"word", "subunit"}}
    assert nouns & units == {"stone"}
    assert nouns & money == {"crown", "crowns"}
    assert units & money == {"pound", "pounds"}
