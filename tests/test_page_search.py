"""The page's search (`maps/page/search.js`), run by Node: names found however they are spelt."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.sources._names import _words, folded
from walkshed.sources.addresses import spelling_rules

SEARCH = Path(__file__).parent / "page" / "search.mjs"
STREETS = [
    "улица Абая",
    "Абайский переулок",
    "проспект Жамбыла",
    "улица Төле би",
    "Қарасу көшесі",
    "улица Сүлейменова",
    "улица 50 лет Октября",
    "улица Ёлочная",
    "улица Щорса",
    "Шымкентская улица",
    "улица Юбилейная",
    "Ұлы Дала көшесі",
    "Rue de l'Église",
    "Жібек жолы даңғылы",
    "улица Тынышбаева",
]
THINGS = [
    *({"what": "street", "names": [name]} for name in STREETS),
    {"what": "neighbourhood", "names": ["15-й микрорайон"]},
    {"what": "neighbourhood", "names": ["Микрорайон 5 (схема)"]},
    {"what": "neighbourhood", "names": ["Мкр. 1"]},
    {"what": "neighbourhood", "names": ["Центр 15"]},
    {"what": "place", "names": ["Қаратау", "Каратау", "Karatau"]},
    {"what": "post", "names": ["Участковый пункт полиции № 15", "№ 15 учаскелік полиция пункті"]},
    {"what": "post", "names": ["Опорный пункт Һүрмет", "Опорный пункт Хурмет"]},
]


def search(**question: Any) -> dict[str, Any]:
    """Ask the page's search."""
    node = shutil.which("node")
    if node is None:
        reason = "no node on this machine: the page's search was not run"
        if os.environ.get("WALKSHED_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    asked = json.dumps({"rules": spelling_rules(), **question})
    done = subprocess.run([node, SEARCH], input=asked, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def first_of(*queries: str) -> list[str]:
    """The first thing found for each query, "" for none."""
    return [next(iter(found), "") for found in search(things=THINGS, queries=queries)["found"]]


LETTERS = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіАБВҚӨҰІЁЙabcdefghijklmnopqrstuvwxyzABCXYZ"
    "äöüßéèçşñğıøæœþðł0123456789 -/.№'«»\"().,"
)


@given(st.lists(st.text(LETTERS, max_size=30), min_size=150, max_size=150))
@settings(max_examples=3)
def test_page_and_package_reduce_any_text_to_the_same_letters(texts):
    assert search(texts=texts)["folded"] == [folded(text) for text in texts]


def test_page_and_package_take_the_same_words_for_a_name():
    texts = [
        *STREETS, "15-й микрорайон", "15 шағын аудан", "м-н 15", "15 мкр", "№ 280/1", "280-2 а",
        "пр-т Жамбыла", "Жамбыл даңғылы", "к-сі Абай", "1-ші орам", "2nd Avenue", "б-р Мира",
    ]  # fmt: skip
    assert search(texts=texts)["words"] == [_words(text) for text in texts]


@pytest.mark.parametrize(
    ("street", "spellings"),
    [
        (
            "улица Абая",
            ("Абай", "абая", "АБАЯ УЛ.", "ул Абая", "Абай көшесі", "Abai", "Abay Street", "abaya"),
        ),
        (
            "проспект Жамбыла",
            ("Жамбыл", "Zhambyl", "Jambyl", "пр. Жамбыла", "Жамбыл даңғылы", "Dzhambyl"),
        ),
        ("улица Төле би", ("Толе би", "төле би", "Tole bi", "ТОЛЕ", "«Төле би»")),
        ("Қарасу көшесі", ("Карасу", "қарасу", "Karasu", "Qarasu", "ул. Карасу")),
        (
            "улица Сүлейменова",
            ("Сулейменов", "Сүлейменов", "Suleimenov", "Suleymenova", "сұлейменова"),
        ),
        ("улица Ёлочная", ("елочная", "ёлочная", "Elochnaya", "Ёлоч")),
        ("улица Щорса", ("Щорс", "Shchorsa", "shors")),
        ("Шымкентская улица", ("Шимкентская", "Shymkent", "шымкент")),
        ("улица Юбилейная", ("Yubileinaya", "Iubileinaia", "юбилейная", "юбилеиная")),
        ("Ұлы Дала көшесі", ("Улы дала", "Ұлы дала", "Uly Dala", "үлы дала")),
        ("Rue de l'Église", ("eglise", "Église", "rue de l'eglise")),
        (
            "Жібек жолы даңғылы",
            ("Жибек жолы", "Жібек-жолы", "Zhibek Zholy", "jibek joly", "проспект Жибек жолы"),
        ),
        ("улица 50 лет Октября", ("50 лет октября", "октября", "50 лет")),
    ],
)
def test_a_street_is_found_in_any_spelling(street, spellings):
    assert first_of(*spellings) == [street] * len(spellings)


def test_a_microdistrict_is_found_before_other_things_of_its_number():
    spellings = (
        "15 мкр", "15 микрорайон", "мкр 15", "15 mkr", "мкр. 15", "15-й микрорайон", "15-мкр",
        "микрорайон №15", "15 шағын аудан", "шағын аудан 15", "15 мкр.", "microdistrict 15",
        "15 м-н", "15 микрор", "15 мк",
    )  # fmt: skip
    assert first_of(*spellings) == ["15-й микрорайон"] * len(spellings)
    assert first_of("5 мкр", "1 мкр") == ["Микрорайон 5 (схема)", "Мкр. 1"]


def test_places_and_posts_are_found_by_any_of_their_names():
    assert first_of("каратау", "Karatau", "Қара") == ["Қаратау"] * 3
    assert first_of("участковый 15", "пункт 15", "uchastkovyi 15") == [THINGS[-2]["names"][0]] * 3
    assert first_of("һүрмет", "хурмет", "hurmet", "khurmet") == [THINGS[-1]["names"][0]] * 4


def test_whole_words_come_before_beginnings_and_these_before_middles():
    things = [{"what": "street", "names": [name]} for name in ("Заабайская", "Абайская", "Абай")]
    (found,) = search(things=things, queries=["абай"])["found"]
    assert found == ["Абай", "Абайская", "Заабайская"]


def test_words_that_nothing_bears_find_nothing():
    assert (
        search(things=THINGS, queries=["Марс", "", "  ", "!!!", "абая марс"])["found"] == [[]] * 5
    )


def test_a_word_of_kind_alone_lists_all_of_that_kind():
    (found,) = search(things=THINGS, queries=["микрорайон"])["found"]
    assert set(found) == {"15-й микрорайон", "Микрорайон 5 (схема)", "Мкр. 1"}


def test_houses_are_found_by_street_and_number_in_any_order():
    numbers = [["2", "28", "280", "280/1", "280а"], ["280"], ["12 корп. 2"]]
    streets = ["улица Абая", "проспект Жамбыла", "15-й микрорайон"]
    queries = (
        "Абая 280", "280 Абай", "ул. Абая, д. 280", "Abai 280a", "абая 280 а", "абая 280/1",
        "15 мкр 12 корп 2", "мкр 15, дом 12", "Марса 280", "280",
    )  # fmt: skip
    found = search(streets=streets, numbers=numbers, queries=queries)["houses"]
    assert found[0] == ["улица Абая 280", "улица Абая 280а", "улица Абая 280/1"]
    assert found[1] == found[2] == found[0]
    assert found[3] == found[4] == ["улица Абая 280а"]
    assert found[5] == ["улица Абая 280/1"]
    assert found[6] == found[7] == ["15-й микрорайон 12 корп. 2"]
    assert found[8] == found[9] == []


def test_words_that_would_be_code_are_only_words():
    hostile = [
        "constructor",
        "__proto__",
        "a{{7*191}}b",
        "$&",
        "</script><script>x",
        "(.*)+$",
        "\\",
    ]
    things = [{"what": "street", "names": [name]} for name in hostile]
    found = search(things=things, queries=hostile)["found"]
    letters = [name for name in hostile if any(map(str.isalnum, name))]
    assert [names[:1] for names in found] == [[name] if name in letters else [] for name in hostile]
