"""The maps of the two cities that come with the project: one file, and nothing lost on the way."""

import pytest

from browsing import Opener
from walkshed.sources.ground import ground_layers
from walkshed.study.result import StudyResult

pytestmark = pytest.mark.browser

GROUND = ("green", "water", "rivers", "rail", "buildings", "places")


def rows_of(result: StudyResult) -> dict[str, int]:
    """Rows of a run's tables that a map can draw: those with a place."""
    tables = {
        "hexagons": result.hexagons,
        "neighbourhoods": result.neighbourhoods,
        "serviceAreas": result.areas.service_areas,
        "catchments": result.areas.catchments,
        "doors": result.doors,
        "posts": result.posts,
        "proposed": result.proposed,
    }
    ground = ground_layers(result.opened.extract)
    tables |= {name: ground[name] for name in GROUND if len(ground[name])}
    drawn = {
        name: int((table.geometry.notna() & ~table.geometry.is_empty).sum())
        for name, table in tables.items()
    }
    return {"streets": result.network.n_edges, **drawn}


@pytest.mark.parametrize("city", ["monaco", "taraz"])
def test_the_page_is_one_request_and_decodes_every_row_of_every_table(
    open_page: Opener, request: pytest.FixtureRequest, city: str
) -> None:
    opened = open_page(request.getfixturevalue(f"{city}_page"))
    assert opened.run("window.walkshed.counts") == rows_of(request.getfixturevalue(city))
    opened.page.wait_for_timeout(300)
    assert (len(opened.requests), opened.failed, opened.errors) == (1, [], [])
