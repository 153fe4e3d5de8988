"""Words of the planner's map: each translated, its numbers, its letters, its truth."""

import json
import re
from typing import Any

import pytest

from browsing import LANGUAGES, Opened, Opener, visible_words
from map_pages import town_page
from map_town import town
from walkshed.maps import study_map

pytestmark = pytest.mark.browser


def pseudo_translated(html: str) -> str:
    """Give the page with each of its messages in brackets instead of Russian."""

    def bracketed(match: re.Match[str]) -> str:
        data = json.loads(match.group(2))
        data["words"]["ru"] = {message: f"⟦{message}⟧" for message in data["words"]["ru"]}
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        return match.group(1) + text + match.group(3)

    pattern = r'(<script type="application/json" id="walkshed-data">)(.*?)(</script>)'
    return re.sub(pattern, bracketed, html, count=1, flags=re.DOTALL)


def untranslated(said: list[str]) -> set[str]:
    """Words that are neither in brackets nor written by us as a number or a unit."""
    found = set()
    for text in said:
        rest = text
        while re.search(r"⟦[^⟦⟧]*⟧", rest):
            rest = re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)
        found |= set(re.findall(r"[^\W\d_]{2,}", rest))
    return found


def all_texts(opened: Opened) -> list[str]:
    """Every text node and label of the page, shown or not."""
    found: list[str] = opened.run(
        """(() => {
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode())
            if (!walk.currentNode.parentElement.closest('script, style'))
              found.push(walk.currentNode.data);
          for (const node of document.querySelectorAll('*'))
            for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
              if (node.hasAttribute(name)) found.push(node.getAttribute(name));
          return found;
        })()"""
    )
    return found


def texts_of_every_state(opened: Opened) -> list[str]:
    """Texts of the page as it is brought from state to state."""
    page = opened.page
    page.click("#language-ru")
    said = all_texts(opened)
    for name in opened.run("[...document.querySelectorAll('.layer input')].map(({id}) => id)"):
        page.check(f"#{name}")
    page.click("#view-measure")
    said += all_texts(opened)
    page.click("#measure-end")
    for scenario in ("after", "whatif"):
        if page.locator(f"#scenario-{scenario}").count():
            page.click(f"#scenario-{scenario}")
            said += all_texts(opened)
    for row in ("#spot-0", "#site-0"):
        if page.locator(row).count():
            page.click(row)
            said += all_texts(opened)
    page.locator(".leaflet-marker-icon").first.press("Enter")
    said += all_texts(opened)
    if page.locator("#try-add").count():
        for tool in ("add", "close", "link"):
            page.click(f"#try-{tool}")
            said += all_texts(opened)
        page.click("#try-propose")
        page.wait_for_timeout(500)
        said += all_texts(opened)
    return said


def test_every_text_of_the_page_goes_through_the_catalogue(open_page: Opener) -> None:
    own = {"title": "Т", "post": "П", "place": "М", "neighbourhood": "Р", "near": "у"}
    inputs = town(**own, standard="н", sources=[{"name": "и", "date": "2023", "licence": "л"}])
    inputs["neighbourhoods"]["name"] = ["Р", "Р"]
    inputs["posts"]["source_url"] = ""
    opened = open_page(pseudo_translated(study_map(**inputs).to_html()))
    said = texts_of_every_state(opened)
    assert sum("⟦" in text for text in said) > 100
    data = {"РУС", "ҚАЗ", "ENG", "января", "мая", "новых", "поста", "mclp", "Окраина"}
    assert untranslated(said) <= data
    assert untranslated(["⟦a ⟦b⟧ c⟧", "Left out", "⟦x⟧ km"]) == {"Left", "out", "km"}


def test_every_text_of_the_what_if_goes_through_the_catalogue(
    open_page: Opener, studied_page: str, studied: Any
) -> None:
    opened = open_page(pseudo_translated(studied_page))
    said = texts_of_every_state(opened)
    data = re.search(r'id="walkshed-data">(.*?)</script>', studied_page, re.DOTALL)
    island = json.loads(data.group(1)) if data else {}
    island.pop("words")
    own = set(re.findall(r"[^\W\d_]{2,}", json.dumps(island, ensure_ascii=False)))
    assert untranslated(said) <= own | {"РУС", "ҚАЗ", "ENG", "walkshed", "run", "scenario"}


def test_numbers_minutes_and_lengths_are_written_as_planners_read_them(open_page: Opener) -> None:
    opened = open_page(town_page())
    wrote = {"ru": "3\u00a0252", "kk": "3\u00a0252", "en": "3,252"}
    for language, number in wrote.items():
        opened.page.click(f"#language-{language}")
        assert number in opened.page.inner_text(".figure")
        minutes = re.findall(r"\d+(?:[.,]\d+)?(?=\s(?:мин|min))", visible_words(opened))
        assert minutes
        assert all(text.isdigit() for text in minutes), minutes


def test_a_walk_just_over_a_limit_is_not_written_as_the_limit(open_page: Opener) -> None:
    inputs = town(language="en")
    inputs["summary"]["nearest_min"] = {"median": 10.0, "p90": 10.02, "max": 10.6}
    opened = open_page(study_map(**inputs).to_html())
    told = opened.text(".headline table")
    assert "half of residents walk at most 10 min" in told
    assert "nine in ten walk at most over 10 min" in told
    assert "the longest walk 11 min" in told


def test_fonts_of_the_page_have_every_letter_of_kazakh(open_page: Opener) -> None:
    opened = open_page(town_page("kk"))
    drawn = opened.run(
        """(() => {
          const font = getComputedStyle(document.body).fontFamily;
          const draw = (letter) => {
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 48;
            const pen = canvas.getContext('2d');
            pen.font = `32px ${font}`;
            pen.fillText(letter, 6, 34);
            return [...pen.getImageData(0, 0, 48, 48).data].join();
          };
          const missing = draw('\\u0378');
          return [...'әғқңөұүһіӘҒҚҢӨҰҮҺІ'].map((letter) => [letter, draw(letter)])
            .map(([letter, picture], place, all) => [letter, picture === missing,
              all.some(([other, same]) => other !== letter && same === picture)]);
        })()"""
    )
    assert len(drawn) == 18
    assert [letter for letter, missing, doubled in drawn if missing or doubled] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_its_numbers_rest_on(open_page: Opener, language: str) -> None:
    words = {
        "ru": ("2 из 3 извест", "не более 10 минут", "1 января 2023", "приблизительно", "разрыв"),
        "kk": (
            "түсірілген бекеттер: 2",
            "белгілі бекеттер: 3",
            "2023 ж. 1 қаңтар",
            "шамамен",
            "алшақтық 0,0",
        ),
        "en": ("2 of 3 known", "не более 10 минут", "1 January 2023", "approximate", "gap 0.0%"),
    }
    opened = open_page(town_page(language))
    said = re.sub(r"\s+", " ", opened.page.inner_text("body"))
    for told in words[language]:
        assert told in said, told
    assert "Условный город" in opened.text(".about")
    assert "Условный город" in opened.text("#credit")
