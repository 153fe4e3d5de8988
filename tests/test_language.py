"""The catalogue is whole, says what the code asks for, and numbers are written as offices do."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from walkshed.errors import InputError
from walkshed.language import (
    LANGUAGES,
    format_date,
    format_metres,
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)

PACKAGE = Path(__file__).parents[1] / "coverage" / "walkshed"
FORMS = {"ru": 3, "kk": 1}
SPACE = "\u00a0"

Message = str | tuple[str, str]


def messages_in_code() -> set[Message]:
    """Every message the package names, in Python and in the scripts of its pages."""
    ways = {
        ".py": ("python", {"translate": None, "translate_count": (1, 2)}),
        ".js": ("javascript", {"t": None}),
    }
    found: set[Message] = set()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in ways:
            method, keywords = ways[path.suffix]
            with path.open("rb") as source:
                for _, message, *_ in extract(method, source, keywords):
                    if message:
                        found.add(tuple(message) if isinstance(message, (list, tuple)) else message)
    return found


def catalogue(language: str) -> Catalog:
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "walkshed.po").open("rb") as source:
        return read_po(source, locale=language)


def placeholders(text: str) -> set[str]:
    return {name for _, name, *_ in string.Formatter().parse(text) if name is not None}


def faults(wanted: set[Message], translated: Catalog, forms: int) -> list[str]:
    """What is missing, empty, uncertain, not used, or has other placeholders."""
    entries = {message.id: message for message in translated if message.id}
    found = [f"not used: {name}" for name in entries if name not in wanted]
    for name in sorted(wanted, key=str):
        entry = entries.get(name)
        texts = (
            list(entry.string) if entry and isinstance(name, tuple) else [entry and entry.string]
        )
        if not all(texts):
            found.append(f"missing: {name}")
            continue
        if entry.fuzzy:
            found.append(f"fuzzy: {name}")
        if isinstance(name, tuple) and len(texts) != forms:
            found.append(f"forms: {name}")
        model = name[1] if isinstance(name, tuple) else name
        if any(placeholders(text) != placeholders(model) for text in texts):
            found.append(f"placeholders: {name}")
    return found


@pytest.mark.parametrize("language", sorted(FORMS))
def test_every_message_of_the_code_is_translated_and_nothing_else_is(language: str) -> None:
    wanted = messages_in_code()
    assert len(wanted) > 50
    assert faults(wanted, catalogue(language), FORMS[language]) == []


def test_english_catalogue_holds_nothing_the_code_does_not_ask_for() -> None:
    unused = {message.id for message in catalogue("en") if message.id} - messages_in_code()
    assert unused == set()


def test_the_check_of_the_catalogue_sees_each_kind_of_fault() -> None:
    broken = Catalog(locale="ru")
    broken.add("left over", "лишнее")
    broken.add("empty", "")
    broken.add("unsure", "неточно", flags=["fuzzy"])
    broken.add("{a} of {b}", "{a} из {c}")
    broken.add(("{count} post", "{count} posts"), ("{count} пост", "{count} поста"))
    broken.add("good {x}", "хорошо {x}")
    wanted = {
        "empty",
        "unsure",
        "{a} of {b}",
        "absent",
        "good {x}",
        ("{count} post", "{count} posts"),
    }
    kinds = sorted(fault.split(":")[0] for fault in faults(wanted, broken, 3))
    assert kinds == ["forms", "fuzzy", "missing", "missing", "not used", "placeholders"]


@pytest.mark.parametrize("language", sorted(FORMS))
def test_no_word_mixes_latin_and_cyrillic_letters(language: str) -> None:
    texts = " ".join(str(message.string) for message in catalogue(language) if message.id)
    assert re.findall(r"\w*(?:[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z])\w*", texts) == []


def test_russian_words_have_no_kazakh_letters_and_kazakh_words_have_them() -> None:
    letters = set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    words = {
        code: {message.id: str(message.string) for message in catalogue(code)} for code in FORMS
    }
    assert not letters & set("".join(words["ru"].values()))
    assert letters & set("".join(words["kk"].values()))


@pytest.mark.parametrize(
    ("count", "russian"),
    [
        (0, "0 новых постов"),
        (1, "1 новый пост"),
        (2, "2 новых поста"),
        (5, "5 новых постов"),
        (11, "11 новых постов"),
        (21, "21 новый пост"),
        (112, "112 новых постов"),
        (1003, f"1{SPACE}003 новых поста"),
    ],
)
def test_counted_nouns_follow_each_language(count: int, russian: str) -> None:
    def said(language: str) -> str:
        return translate_count("{count} new post", "{count} new posts", count, language)

    assert said("ru") == russian
    assert said("kk") == f"{format_number(count, 'kk')} жаңа бекет"
    assert said("en").endswith("post" if count == 1 else "posts")


def test_values_are_put_in_once_and_never_read_as_a_pattern() -> None:
    said = translate("Data as of {date}", "ru", date="{0.__class__} {date}")
    assert said == "Данные на {0.__class__} {date}"


def test_numbers_are_written_as_offices_write_them() -> None:
    assert format_number(422800, "ru") == f"422{SPACE}800"
    assert format_number(5.25, "ru", 1) == "5,3"
    assert format_number(1234567.5, "kk", 2) == f"1{SPACE}234{SPACE}567,50"
    assert format_number(422800, "en") == "422,800"
    assert format_number(5.3, "en", 1) == "5.3"


def test_halves_go_away_from_zero_and_zero_has_no_sign() -> None:
    assert [format_number(value, "ru") for value in (0.5, 1.5, 2.5, -2.5)] == ["1", "2", "3", "-3"]
    assert format_number(-0.2, "ru") == "0"
    assert format_number(-0.04, "en", 1) == "0.0"


def test_what_is_not_finite_is_never_a_number() -> None:
    assert format_number(float("nan"), "ru") == "—"
    assert format_minutes(float("inf"), "kk") == "жетпейді"
    assert format_minutes(float("nan"), "kk") == f"—{SPACE}мин"


def test_shares_minutes_and_lengths_carry_their_units() -> None:
    assert format_share(0.813, "ru") == f"81,3{SPACE}%"
    assert format_share(0.813, "en") == "81.3%"
    assert format_minutes(7.5, "kk") == f"8{SPACE}мин"
    assert format_metres(0, "ru") == f"0{SPACE}м"
    assert format_metres(999.49, "ru") == f"999{SPACE}м"
    assert format_metres(999.5, "ru") == f"1,0{SPACE}км"


def test_dates_are_written_out_and_other_texts_left_alone() -> None:
    assert format_date("2023-01-01", "ru").replace(SPACE, " ") == "1 января 2023 г."
    assert format_date("2023-01-01", "kk").replace(SPACE, " ") == "2023 ж. 1 қаңтар"
    assert format_date("2023-01-01", "en") == "1 January 2023"
    assert [format_date(text, "ru") for text in ("2023", "", "май 2023")] == [
        "2023",
        "",
        "май 2023",
    ]


def test_an_unknown_language_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(InputError, match="`de`: use one of ru, kk, en"):
        translate("Print", "de")
    with pytest.raises(InputError, match="`de`"):
        format_number(1, "de")
    assert {translate("Print", language) for language in LANGUAGES} == {
        "Печать",
        "Басып шығару",
        "Print",
    }
