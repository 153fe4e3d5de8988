"""What posts are equipped with: so many of so many posts have it."""

from collections.abc import Mapping

import pandas as pd

ALL_KINDS = "all"


def equipment_counts(posts: pd.DataFrame, items: Mapping[str, str]) -> pd.DataFrame:
    """Count the posts that have each thing, for all kinds of posts together and for each kind.

    Parameters
    ----------
    posts
        `kind`, and a column of answers (yes, no, or "" where unknown) for each thing.
    items
        Names of the things, by column.

    Returns
    -------
    DataFrame
        `item`, `kind` ("all" first), `posts`, `posts_with`, `posts_without`, `posts_unknown`, and
        `share_with`, of those whose answer is known; NaN where none is.

    Examples
    --------
    >>> posts = pd.DataFrame({"kind": "precinct_point", "has_cameras": ["yes", "yes", "no", ""]})
    >>> equipment_counts(posts, {"has_cameras": "cameras"}).iloc[0].map(str).to_list()
    ['cameras', 'all', '4', '2', '1', '1', '0.6666666666666666']
    """
    kinds = {ALL_KINDS: posts}
    kinds |= {str(kind): of_kind for kind, of_kind in posts.groupby("kind", sort=True)}
    rows = [
        {"item": item, "kind": kind, **_counted(of_kind[column])}
        for column, item in items.items()
        for kind, of_kind in kinds.items()
    ]
    return pd.DataFrame(rows)


def _counted(answers: pd.Series) -> dict[str, float]:
    have, have_not = int((answers == "yes").sum()), int((answers == "no").sum())
    known = have + have_not
    return {
        "posts": len(answers),
        "posts_with": have,
        "posts_without": have_not,
        "posts_unknown": len(answers) - known,
        "share_with": have / known if known else float("nan"),
    }
