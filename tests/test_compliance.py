"""What zones lack to a standard, and what is known of a region's staff and posts."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from walkshed.scores.region import region_posts, region_table
from walkshed.settings import read_settings
from walkshed.siting import problem_of_coverage, shortfall
from walkshed.study import run_study

SHARES = st.sampled_from([0.3, 0.5, 0.9, 1.0])


@st.composite
def small_problems(draw: st.DrawFn):
    doors, sites = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    sees = draw(st.lists(st.booleans(), min_size=doors * sites, max_size=doors * sites))
    covered = draw(st.lists(st.booleans(), min_size=doors, max_size=doors))
    people = draw(st.lists(st.integers(0, 9), min_size=doors, max_size=doors))
    zone = draw(st.lists(st.sampled_from("AB"), min_size=doors, max_size=doors))
    index = pd.Index([f"d{i}" for i in range(doors)])
    return (
        np.array(sees).reshape(doors, sites),
        pd.Series(people, index=index, dtype=float),
        np.array(covered),
        pd.Series(zone, index=index),
    )


def by_enumeration(sees, people, covered, share) -> tuple[float, float, int]:
    """Residents missing, those of them out of reach, and the fewest sites for the others."""
    wanted, inside = share * people.sum(), people[covered].sum()
    best = people[covered | sees.any(axis=1)].sum()
    missing = max(0.0, wanted - inside)
    aim = min(wanted, best)
    for size in range(sees.shape[1] + 1):
        for chosen in itertools.combinations(range(sees.shape[1]), size):
            if people[covered | sees[:, list(chosen)].any(axis=1)].sum() >= aim - 1e-6:
                return missing, max(0.0, wanted - best), size
    raise AssertionError("all sites together reach what can be reached")


@given(case=small_problems(), share=SHARES)
def test_what_a_zone_lacks_is_what_enumeration_finds(case, share) -> None:
    sees, people, covered, zone = case
    sites = pd.Index([f"s{i}" for i in range(sees.shape[1])])
    problem = problem_of_coverage(sparse.csr_array(sees), people, sites, covered=covered)
    table = shortfall(problem, zone, share=share)
    assert table.index.tolist() == sorted(set(zone))
    assert math.isclose(table["residents"].sum(), people.sum())
    for name, row in table.iterrows():
        here = (zone == name).to_numpy()
        missing, beyond, posts = by_enumeration(
            sees[here], people.to_numpy()[here], covered[here], share
        )
        assert row["residents_missing"] == pytest.approx(missing, abs=1e-6)
        assert row["residents_out_of_reach"] == pytest.approx(beyond, abs=1e-6)
        assert row["posts_missing"] == posts == row["posts_missing_at_least"]


def test_compliance_has_the_numbers_of_the_zones(studied) -> None:
    table = studied.scores.compliance
    band = studied.planning_band.label
    zones = studied.neighbourhoods
    of_zones = table[table["level"] == "neighbourhood"].set_index("zone")
    residents = zones["residents"][of_zones.index]
    assert np.allclose(of_zones["residents"], residents)
    within = zones[f"residents_within_{band}"][of_zones.index]
    assert np.allclose(of_zones["residents_within"], within)
    city = table[table["level"] == "city"].iloc[0]
    assert city["share_within"] == pytest.approx(studied.summary["share_within"][band])
    target = city["target_share"]
    assert (table["complies"] == ~(table["share_within"] < target)).all()
    assert (table["complies"] == (table["residents_missing"] == 0)).all()


def test_a_study_may_ask_for_another_share(write_study, tmp_path) -> None:
    study = write_study(tmp_path, standard={"target_share": 0.001})
    table = run_study(read_settings(study)).scores.compliance
    assert set(table["target_share"]) == {0.001}
    assert (table["complies"] == (table["residents_within"] > 0)).all()
    assert table["complies"].iloc[0]


POSTS = pd.DataFrame(
    {
        "kind": ["housing_point", "housing_point", "modular_post", "modular_post"],
        "status": ["existing", "planned", "existing", "closed"],
        "settlement": ["Baizak", "Baizak", "Taraz", "Taraz"],
        "opened": ["2021-05", "", "2019?", "2018"],
        "planned_for": ["", "2022", "", ""],
    }
)
FIGURES = pd.DataFrame(
    [
        ("Z", "inspectors_in_post", 300.0, "2021"),
        ("Z", "inspectors_in_post", 367.0, "2022"),
        ("Z", "inspectors_establishment", 592.0, "2022"),
        ("Z", "residents", 1_222_835.0, "2024"),
        ("Taraz", "stationary_posts_planned", 6.0, "2019"),
        ("Taraz", "stationary_posts_built", 4.0, "2019"),
    ],
    columns=["place", "figure", "value", "period"],
)


def test_a_region_has_a_row_for_every_place_that_anyone_names() -> None:
    table = region_table(FIGURES, POSTS, residents_per_inspector=2000)
    assert table.index.tolist() == ["Baizak", "Taraz", "Z"]
    assert table.loc["Z", "inspectors_vacant"] == 592 - 367
    assert table.loc["Z", "inspectors_by_norm"] == 1_222_835 / 2000
    assert table.loc["Z", "residents_per_inspector"] == 1_222_835 / 367
    assert math.isnan(table.loc["Taraz", "inspectors_in_post"])
    assert table["posts_existing"].tolist() == [1, 1, 0]
    assert table["posts_planned"].tolist() == [1, 0, 0]
    assert table.loc["Baizak", "existing_housing_point"] == 1


def test_planned_stands_beside_built_by_kind_and_year() -> None:
    table = region_posts(FIGURES, POSTS).set_index(["place", "kind", "period"])
    assert table.loc[("Taraz", "modular_post", "2019")].tolist() == [6, 4, 1, 0]
    assert table.loc[("Baizak", "housing_point", "2021"), "existing_in_registry"] == 1
    assert table.loc[("Baizak", "housing_point", "2022"), "planned_in_registry"] == 1
    assert len(table) == 3  # a closed post is neither planned nor there


def test_nothing_known_gives_tables_without_rows() -> None:
    assert region_table(FIGURES.iloc[:0], POSTS.iloc[:0], residents_per_inspector=2000).empty
    assert region_posts(FIGURES.iloc[:0], POSTS.iloc[:0]).empty


def test_the_bundled_region_tells_of_its_inspectors_and_posts() -> None:
    from pathlib import Path

    from walkshed.sources.establishment import read_establishment
    from walkshed.sources.posts import read_registry

    folder = Path(__file__).parents[1] / "data" / "taraz"
    figures = read_establishment(folder / "establishment.csv").figures
    posts = read_registry(folder / "posts.csv", extent=None).usable_posts()
    region = region_table(figures, posts, residents_per_inspector=2000)
    zhambyl = region.loc["Zhambyl region"]
    assert zhambyl[["inspectors_in_post", "inspectors_establishment"]].tolist() == [367, 592]
    assert round(zhambyl["vacant_share"], 2) == 0.38
    assert region.loc["Taraz", "existing_modular_post"] == 4
    assert region.loc["Taraz", "posts_planned"] == 6
    assert region.loc["Baizak district", "existing_housing_point"] == 5
