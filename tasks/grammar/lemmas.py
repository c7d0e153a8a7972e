"""Lemmas of nouns and verbs, worked out once a distinct word form.

Irregular forms come from a lexicon. Any other form loses its ending by English spelling, and what is left of a verb is repaired
("stopp" → "stop", "creat" → "create"). Rules are tried in order, and the first that fits is applied.
"""

from typing import Final, TypeAlias

import polars as pl

from tasks.grammar.lexicon import cached, table

Rules: TypeAlias = tuple[tuple[str, str], ...]

IES_ES: Final[Rules] = (
    (r"(.)ies$", "${1}y"),
    (r"(ss|sh|ch|x|zz|tz|[^aeiou]o)es$", "${1}"),
)

PLURALS: Final[Rules] = (
    (r"(?:ss|us|sis|itis|opolis)$|\.", "${0}"),
    (r"(.)men$", "${1}man"),
    *IES_ES,
    (r"(.[^s'’\d])s$", "${1}"),
)
"""How a noun loses the ending of the plural."""

THIRD_PERSONS: Final[Rules] = ((r"ss$", "ss"), *IES_ES, (r"(.[^s'’\d])s$", "${1}"))
"""How a verb loses the -s of "she says"."""

STEMS: Final[Rules] = (
    (r"([aeiou].*e)ll$", "${1}l"),
    (r"b(b)$|d(d)$|g(g)$|m(m)$|n(n)$|p(p)$|r(r)$|t(t)$", "${1}${2}${3}${4}${5}${6}${7}${8}"),
    (r"(?:[vcu]|[^zt]z|[^s]s|[^n]g|(?:ch|r)ang|[eu]ng|[bcdfgkptz]l)$", "${0}e"),
    (r"(?:^|[^aeiou]|qu)(?:[aiou]k|[iuy]l|um|[iu]n|[aiy]p|[iou]b|ar|ir|ur|ot)$", "${0}e"),
    (r"^[^aeiou]+(?:[ai]m|op)$", "${0}e"),
    (r"(?:[^aeo]ir|[^ao]ur|[^eo]at|[^o]ut|[^eo]ad|[^aou]id|[^o]od|[^aou]ud)$", "${0}e"),
)
"""How the rest of a verb is written without -ed or -ing: a doubled consonant is single, a silent e returns."""


@cached
def irregular(pos: str) -> pl.DataFrame:
    """Read the irregular forms of a part of speech (NOUN or VERB): columns `form`, `lemma`, in lower case."""
    return table("irregular_forms").filter(pl.col("pos") == pos).select("form", "lemma")


def lemmas(words: pl.Series) -> pl.DataFrame:
    """Give each word form its lemma as a noun (column `noun`) and as a verb (`verb`), in lower case; one row a form, in order.

    "Leaves" is "leaf" and "leave", "saw" is "saw" and "see": which one holds is for the tag of a token to say.
    """
    forms = words.rename("form").to_frame().select(pl.col("form").str.to_lowercase().str.replace_all("’", "'"))
    return pl.DataFrame([_lemmas(forms, "NOUN", _noun()).rename("noun"), _lemmas(forms, "VERB", _verb()).rename("verb")])


def _lemmas(forms: pl.DataFrame, pos: str, regular: pl.Expr) -> pl.Series:
    """Look the forms up; what is not irregular is regular."""
    known = forms.join(irregular(pos), on="form", how="left", maintain_order="left")
    return known.select(pl.coalesce("lemma", regular)).to_series()


def _noun() -> pl.Expr:
    return _first(pl.col("form"), PLURALS)


def _verb() -> pl.Expr:
    form = pl.col("form")
    stem = form.str.extract(r"^(.*[aeiouy].*)(?:ed|ing)$")
    past = pl.when(form.str.contains(r".ied$")).then(form.str.replace(r"ied$", "y")).when(form.str.contains(r"eed$")).then(form)
    return past.when(stem.is_not_null()).then(_first(stem, STEMS)).otherwise(_first(form, THIRD_PERSONS))


def _first(text: pl.Expr, rules: Rules) -> pl.Expr:
    """Apply the first rule whose pattern is found; a text that fits none stays as it is."""
    out = text
    for pattern, lemma in reversed(rules):
        out = pl.when(text.str.contains(pattern)).then(text.str.replace(pattern, lemma)).otherwise(out)
    return out
