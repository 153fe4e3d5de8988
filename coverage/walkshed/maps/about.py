"""What the planner's page says of itself: its title, its standard, its sources, its posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .values import Words, dates_in_words, each_language


@dataclass(frozen=True)
class AboutMap:
    """What a map says of itself.

    Attributes
    ----------
    title, standard
        One text, or one for each language; `standard` names the norm and the walking speed.
    schematic
        Whether the city is made up.  The page then says so wherever it is looked at.
    sources
        `name`, `date` and `licence` of each source of data.
    data_date
        Date of the data, as in `2023-01-31`.
    posts_known, posts_located
        How many posts are known, and how many of these have a place on the map.
    """

    title: Words
    standard: Words
    schematic: bool
    sources: Sequence[Mapping[str, Any]]
    data_date: str
    posts_known: int
    posts_located: int

    def rows(self) -> dict[str, Any]:
        """Write it as the page's data."""
        return {
            "title": each_language(self.title),
            "standard": each_language(self.standard),
            "date": dates_in_words(self.data_date),
            "schematic": bool(self.schematic),
            "known": int(self.posts_known),
            "located": int(self.posts_located),
            "sources": [_source(source) for source in self.sources],
        }


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    """Name, date and licence of a source, in each language."""
    return {
        "name": each_language(source.get("name") or ""),
        "date": dates_in_words(source.get("date")),
        "licence": each_language(source.get("licence") or ""),
    }
