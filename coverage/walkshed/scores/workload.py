"""Residents for each precinct inspector, post by post, against the norm.

In: the nearest post of each door, residents, inspectors of each post. Out: one row a post. A
resident counts at the post that is the nearest on foot; borders of precincts may differ.
"""

import pandas as pd


def workload_scores(
    residents: pd.Series,
    nearest_post: pd.Series,
    inspectors: pd.Series,
    *,
    residents_per_inspector: float,
) -> pd.DataFrame:
    """Residents of each post, by inspector, and the inspectors that the norm calls for.

    Parameters
    ----------
    residents, nearest_post
        Of each door, same index; "" where it reaches no post.
    inspectors
        Of each post, missing where not known; every post has a row, also one that is nobody's
        nearest.
    residents_per_inspector
        The norm.

    Returns
    -------
    DataFrame
        Index of `inspectors`, and a row "" for who reaches no post, so that residents add up to
        all there are: `residents`; `inspectors_needed`, a fraction, not rounded;
        `inspectors_missing`, how many more the norm calls for than there are, 0 where there are
        enough; `residents_per_inspector` (infinite where there is no inspector for somebody);
        `norm_ratio`, above 1 where it is more than the norm. The last three are missing where the
        inspectors are not known.

    Examples
    --------
    Nobody's nearest post is Q, 500 residents reach none:

    >>> residents = pd.Series([3000.0, 2000.0, 500.0])
    >>> nearest, staff = pd.Series(["P", "P", ""]), pd.Series({"P": 2.0, "Q": 1.0})
    >>> table = workload_scores(residents, nearest, staff, residents_per_inspector=2000)
    >>> table["residents"].to_dict()
    {'P': 5000.0, 'Q': 0.0, '': 500.0}
    >>> table.loc["P"].tolist()
    [5000.0, 2.5, 0.5, 2500.0, 1.25]
    """
    posts = [*(post for post in inspectors.index if post != ""), ""]
    summed = residents.groupby(nearest_post.to_numpy()).sum()
    table = pd.DataFrame({"residents": summed.reindex(posts).fillna(0.0)})
    staff = inspectors.reindex(posts).astype(float)
    table["inspectors_needed"] = table["residents"] / residents_per_inspector
    table["inspectors_missing"] = (table["inspectors_needed"] - staff).clip(lower=0.0)
    nobody = (staff == 0) & (table["residents"] == 0)
    table["residents_per_inspector"] = (table["residents"] / staff).mask(nobody, 0.0)
    table["norm_ratio"] = table["residents_per_inspector"] / residents_per_inspector
    return table


def inspectors_on_average(
    posts: int, residents: float, *, region_inspectors: float, region_residents: float
) -> float:
    """Inspectors of each post if the city had its share of those of the region, evenly spread.

    Examples
    --------
    Zhambyl region has 367 inspectors for 1,222,835 residents, which is 120 for a city of 400,000:

    >>> round(
    ...     inspectors_on_average(40, 400_000, region_inspectors=367, region_residents=1_222_835), 2
    ... )
    3.0
    """
    return residents * region_inspectors / region_residents / posts
