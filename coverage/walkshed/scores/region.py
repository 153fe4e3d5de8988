"""A region of many places: staff, vacancies, and posts by kind and year, planned against built.

In: figures of places as a department or the press gives them, and the registry of posts. Out: one
row a place, and one row for each kind of post and period. What nobody says is NaN, never 0.
"""

import pandas as pd

KIND_OF_FIGURE = {
    "stationary_posts": "modular_post",
    "precinct_points": "precinct_point",
    "housing_points": "housing_point",
}
"""What figures call a kind of post: `stationary_posts_built` counts posts of `modular_post`."""

STAFF = [
    "residents",
    "inspectors_establishment",
    "inspectors_in_post",
    "inspectors_living_elsewhere",
]


def region_table(
    figures: pd.DataFrame, posts: pd.DataFrame, *, residents_per_inspector: float
) -> pd.DataFrame:
    """Put together what is known of each place.

    Parameters
    ----------
    figures
        `place`, `figure`, `value`, `period`, as `read_establishment` gives them; of each figure
        the latest period counts.
    posts
        The registry: `kind`, `status`, `settlement`; posts without a settlement are of the place
        "".
    residents_per_inspector
        The norm.

    Returns
    -------
    DataFrame
        Index `place`, in order. `residents`, `inspectors_establishment`, `inspectors_in_post`,
        `inspectors_living_elsewhere` (as stated), `inspectors_vacant` (establishment less in
        post), `vacant_share` of the establishment, `residents_per_inspector` in post,
        `inspectors_by_norm` (residents over the norm, not rounded), `posts_existing` and
        `posts_planned` of the registry, and one column `existing_<kind>` for each kind in it.
        NaN where nobody says; places without a post in the registry have 0 posts there.

    Examples
    --------
    >>> rows = [("Z", "inspectors_in_post", 367.0, "2022"),
    ...         ("Z", "inspectors_establishment", 592.0, "2022")]
    >>> figures = pd.DataFrame(rows, columns=["place", "figure", "value", "period"])
    >>> posts = pd.DataFrame({"kind": ["housing_point"], "status": ["existing"],
    ...                       "settlement": ["Z"]})
    >>> table = region_table(figures, posts, residents_per_inspector=2000)
    >>> table.loc["Z", ["inspectors_vacant", "posts_existing"]].tolist()
    [225.0, 1.0]
    >>> float(table.loc["Z", "vacant_share"].round(2))
    0.38
    """
    staff = figures.sort_values("period", kind="stable").pivot_table(
        index="place", columns="figure", values="value", aggfunc="last"
    )
    place = posts["settlement"].rename("place")
    existing = posts["status"] == "existing"
    by_kind = pd.crosstab(place[existing], posts.loc[existing, "kind"]).add_prefix("existing_")
    places = staff.index.union(pd.Index(place.unique()), sort=True)
    table = staff.reindex(index=places, columns=STAFF).rename_axis(index="place", columns=None)
    counted = pd.DataFrame(
        {
            "posts_existing": existing.groupby(place).sum(),
            "posts_planned": (posts["status"] == "planned").groupby(place).sum(),
        }
    )
    in_post, establishment = table["inspectors_in_post"], table["inspectors_establishment"]
    table = table.assign(
        inspectors_vacant=establishment - in_post,
        vacant_share=(establishment - in_post) / establishment.where(establishment > 0),
        residents_per_inspector=table["residents"] / in_post.where(in_post > 0),
        inspectors_by_norm=table["residents"] / residents_per_inspector,
    )
    counts = counted.join(by_kind).reindex(table.index).fillna(0).astype(int)
    return table.join(counts)


def region_posts(figures: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """Compare what was planned with what was built, by place, kind and period.

    Parameters
    ----------
    figures
        As of `region_table`; a period is a year ("2022") or years ("2021-2025").
    posts
        As of `region_table`, with `opened` and `planned_for`: texts that begin with a year, or "".

    Returns
    -------
    DataFrame
        Columns `place`, `kind`, `period` ("" where no year is known); `planned` and `built` by the
        figures (NaN where they do not say), `existing_in_registry` and `planned_in_registry` (a
        post counts to the year it was opened, or is planned for); in order.

    Examples
    --------
    >>> rows = [("Taraz", "stationary_posts_planned", 6.0, "2022")]
    >>> figures = pd.DataFrame(rows, columns=["place", "figure", "value", "period"])
    >>> posts = pd.DataFrame({"kind": ["modular_post"] * 2, "status": ["existing", "planned"],
    ...     "settlement": "Taraz", "opened": ["2022", ""], "planned_for": ["", "2022"]})
    >>> region_posts(figures, posts).iloc[0, 3:].tolist()
    [6.0, nan, 1.0, 1.0]
    """
    key = ["place", "kind", "period"]
    what = figures["figure"].str.extract(r"^(?P<kind>\w+)_(?P<what>planned|built)$")
    said = figures[["place", "period", "value"]].join(what).dropna(subset=["what"])
    said["kind"] = said["kind"].map(KIND_OF_FIGURE)
    stated = said.pivot_table(index=key, columns="what", values="value", aggfunc="sum")
    known = posts[posts["status"].isin(["existing", "planned"])]
    when = known["opened"].where(known["status"] == "existing", known["planned_for"])
    when = when.where(when != "", known["opened"])
    counted = pd.crosstab(
        [known["settlement"], known["kind"], when.str.extract(r"^(\d{4})")[0].fillna("")],
        known["status"],
    ).rename_axis(key)
    table = stated.reindex(columns=["planned", "built"]).join(
        counted.reindex(columns=["existing", "planned"], fill_value=0).add_suffix("_in_registry"),
        how="outer",
    )
    registry = ["existing_in_registry", "planned_in_registry"]
    table[registry] = table[registry].fillna(0).astype(int)
    return table.rename_axis(columns=None).reset_index()
