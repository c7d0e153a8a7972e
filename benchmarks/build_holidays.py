"""Build the lexicons of holidays: ``python benchmarks/build_holidays.py`` (``pip install holidays==0.109``, MIT; no run-time need).

Writes ``seeds/lexicons/holidays.csv`` (name, holiday) and ``holiday_dates.csv`` (holiday, date). A holiday is either the day on which it
falls every year (``12-25``) or a name whose dates stand in the second file. Only names that mean one day wherever they are read are in:
"Independence Day" is none of them. Dates come from the library's calendars of the countries named here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import holidays

FOLDER = Path(__file__).parents[1] / "seeds" / "lexicons"
YEARS = range(1950, 2051)

FIXED = {
    "01-01": ["New Year's Day"], "01-06": ["Epiphany"], "02-02": ["Groundhog Day"], "02-14": ["Valentine's Day", "St. Valentine's Day"],
    "03-08": ["International Women's Day"], "03-17": ["St. Patrick's Day", "Saint Patrick's Day"], "04-01": ["April Fools' Day", "April Fool's Day"],
    "04-22": ["Earth Day"], "04-25": ["Anzac Day"], "05-01": ["May Day"], "05-05": ["Cinco de Mayo"], "06-19": ["Juneteenth"], "07-01": ["Canada Day"],
    "07-04": ["Fourth of July", "the Fourth of July", "July Fourth"], "07-14": ["Bastille Day"], "10-31": ["Halloween"], "11-01": ["All Saints' Day"],
    "11-02": ["All Souls' Day"], "11-05": ["Bonfire Night", "Guy Fawkes Night"], "11-11": ["Veterans Day", "Remembrance Day", "Armistice Day"],
    "12-01": ["World AIDS Day"], "12-10": ["Human Rights Day"], "12-24": ["Christmas Eve"], "12-25": ["Christmas", "Christmas Day"],
    "12-26": ["Boxing Day"], "12-31": ["New Year's Eve"], "01-26": ["Australia Day"],
}  # fmt: skip
#: Holiday → names in text, country, and the words by which the library's calendar of that country names it.
MOVABLE = {
    "columbus_day": (["Columbus Day"], "US", "Columbus Day"),
    "diwali": (["Diwali", "Deepavali"], "IN", "Diwali"),
    "eid_al_adha": (["Eid al-Adha", "Eid ul-Adha", "Eid-al-Adha"], "ID", "Eid al-Adha"),
    "eid_al_fitr": (["Eid al-Fitr", "Eid ul-Fitr", "Eid-al-Fitr"], "ID", "Eid al-Fitr"),
    "good_friday": (["Good Friday"], "GB", "Good Friday"),
    "labor_day": (["Labor Day"], "US", "Labor Day"),
    "lunar_new_year": (["Chinese New Year", "Lunar New Year"], "SG", "Chinese New Year"),
    "martin_luther_king_day": (["Martin Luther King Day", "Martin Luther King Jr. Day"], "US", "Martin Luther King"),
    "memorial_day": (["Memorial Day"], "US", "Memorial Day"),
    "passover": (["Passover"], "IL", "Pesach"),
    "presidents_day": (["Presidents' Day", "Presidents Day", "Washington's Birthday"], "US", "Washington's Birthday"),
    "rosh_hashanah": (["Rosh Hashanah", "Rosh Hashana"], "IL", "Rosh Hashanah"),
    "thanksgiving": (["Thanksgiving", "Thanksgiving Day"], "US", "Thanksgiving"),
    "yom_kippur": (["Yom Kippur"], "IL", "Yom Kippur"),
}
#: Holiday → names and days from Easter, which is two days after Good Friday.
FROM_EASTER = {
    "ascension_day": (["Ascension Day"], 39),
    "ash_wednesday": (["Ash Wednesday"], -46),
    "easter": (["Easter", "Easter Sunday"], 0),
    "easter_monday": (["Easter Monday"], 1),
    "maundy_thursday": (["Maundy Thursday"], -3),
    "palm_sunday": (["Palm Sunday"], -7),
    "pentecost": (["Pentecost", "Whit Sunday"], 49),
}


def dates(country: str, words: str) -> list[date]:
    """The first day of each year that the country's calendar calls by those words; substitutes in lieu are left out."""
    found: dict[int, date] = {}
    for day, name in sorted(holidays.country_holidays(country, years=YEARS, language="en_US", observed=False).items()):
        if words in name:
            found.setdefault(day.year, day)
    return list(found.values())


def election_days() -> list[date]:
    """The Tuesday after the first Monday in November (2 U.S.C. § 7)."""
    return [date(year, 11, 2) + timedelta(days=(1 - date(year, 11, 2).weekday()) % 7) for year in YEARS]


def write(name: str, header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a lexicon, sorted."""
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(set(rows)))


def main() -> None:
    """Build both files."""
    movable = {holiday: dates(country, words) for holiday, (_, country, words) in MOVABLE.items()}
    movable |= {holiday: [day + timedelta(days=2 + shift) for day in movable["good_friday"]] for holiday, (_, shift) in FROM_EASTER.items()}
    movable["election_day"] = election_days()
    names = [(name, holiday) for holiday, (names, _, _) in MOVABLE.items() for name in names]
    names += [(name, holiday) for holiday, (names, _) in FROM_EASTER.items() for name in names]
    names += [(name, day) for day, names in FIXED.items() for name in names]
    write("holidays", ("name", "holiday"), [*names, ("Election Day", "election_day")])
    write("holiday_dates", ("holiday", "date"), ((holiday, day.isoformat()) for holiday, days in movable.items() for day in days))


if __name__ == "__main__":
    main()
