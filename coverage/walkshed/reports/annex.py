"""Tables of the printed report: the columns that matter, written out, and how wide each is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..language import format_number, format_share, translate
from .columns import in_words, limits_in_words
from .read import RunTables
from .sheets import Sheet
from .vocabulary import value_in_words

ROWS_MAX = 45
HOURS = (3, 9, 11, 13, 15, 18, 21)
LETTERS_MIN, LETTERS_MAX = 3, 46
COMPLIANCE_COLUMNS = (
    *("level", "name", "residents", "share_within", "target_share", "complies"),
    *("residents_missing", "posts_missing"),
)
_ZONE = (
    *("name", "residents", "share_within_*", "share_within_{band}_after", "backup_share_{band}"),
    *("median_min", "p90_min"),
)
ANNEX: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "districts": _ZONE,
        "neighbourhoods": _ZONE,
        "compliance": COMPLIANCE_COLUMNS,
        "posts": (
            *("name", "number", "kind", "address", "opening_hours", "location_precision"),
            *("inspectors", "access_m"),
        ),
        "workload": (
            *("name", "state", "residents", "inspectors", "inspectors_from"),
            *("residents_per_inspector", "norm_ratio", "residents_after", "norm_ratio_after"),
        ),
        "walking_profiles": ("profile", "speed_kmh", "group", "band", "share_within", "median_min"),
        "uncertainty": ("varied", "scenario", "share_within", "share_low", "share_high"),
        "curve": ("new_posts", "residents_within", "gain", "bound", "gap", "status"),
        "stages": ("year", "new_posts", "residents_within", "share_within", "regret"),
        "equipment": ("item", "kind", "posts", "posts_with", "posts_without", "posts_unknown"),
        "inspectors_housing": (
            *("level", "group", "inspectors", "home_known"),
            *("living_elsewhere", "share_elsewhere"),
        ),
        "region": (
            *("place", "residents", "inspectors_establishment", "inspectors_in_post"),
            *("inspectors_vacant", "vacant_share", "residents_per_inspector"),
            *("posts_existing", "posts_planned"),
        ),
        "region_posts": (
            *("place", "kind", "period", "planned", "built"),
            *("existing_in_registry", "planned_in_registry"),
        ),
    }
)  # fmt: skip
"""Tables of the annex and their columns: `*` for every band, `{band}` for that of the plan."""
LARGEST_FIRST: Mapping[str, str] = MappingProxyType(
    {
        "neighbourhoods": "residents",
        "compliance": "residents_missing",
        "workload": "residents",
    }
)
"""Tables that are ordered by a column, so that the rows left out are those of least weight."""
BESIDE = (
    *(("walking_profiles", "uncertainty"), ("curve", "stages")),
    *(("equipment", "region_posts"), ("inspectors_housing",)),
)
"""Narrow tables that stand beside each other."""


def annex(run: RunTables, sheets: Mapping[str, Sheet], language: str) -> list[list[dict[str, Any]]]:
    """Write out the annex: rows of one table, or of two beside each other."""
    parts = {
        name: part(ordered(sheets[name]), language, columns=_named(columns, run), rows=ROWS_MAX)
        for name, columns in ANNEX.items()
        if name in sheets
    }
    narrow = {name for names in BESIDE for name in names}
    wide = [[table] for name, table in parts.items() if name not in narrow and table]
    pairs = [[table for name in names if (table := parts.get(name))] for names in BESIDE]
    return [*wide, [_opening(run, language)], *(pair for pair in pairs if pair)]


def ordered(sheet: Sheet) -> Sheet:
    """Put the rows of most weight first."""
    if sheet.name not in LARGEST_FIRST:
        return sheet
    by = LARGEST_FIRST[sheet.name]
    return replace(sheet, table=sheet.table.sort_values(by, ascending=False, kind="stable"))


def _named(columns: Sequence[str], run: RunTables) -> list[str]:
    labels = [str(band["label"]) for band in run.summary["standard"]["bands"]]
    band = run.summary["plan"]["band"]
    return [
        name.replace("*", label).replace("{band}", band)
        for name in told(columns, run)
        for label in (labels if "*" in name else labels[:1])
    ]


def told(columns: Sequence[str], run: RunTables) -> list[str]:
    """Leave out what new posts change where the plan has none."""
    with_plan = bool(run.summary["plan"]["new_posts"])
    return [name for name in columns if with_plan or not name.endswith("_after")]


def _opening(run: RunTables, language: str) -> dict[str, Any]:
    """Write out who is near an open post, by weekday and some hours of the day."""
    title, band = translate("Opening hours", language), run.summary["plan"]["band"]
    empty = {"title": title, "after": "", "columns": [], "rows": [], "picture": ""}
    if not run.summary["scores"]["opening_hours"]["posts_with_known_hours"]:
        return empty | {"intro": translate("Reception hours are not known", language)}
    hours = run.tables["opening_hours"].set_index(["weekday", "hour"])
    bounds = [hours[f"share_within_{band}_unknown_{state}"] for state in ("closed", "open")]
    shares = dict(zip(hours.index, zip(*bounds, strict=True), strict=True))
    rows = [
        [
            value_in_words("weekday", weekday, language),
            *(_from_to(shares[(weekday, hour)], language) for hour in HOURS),
        ]
        for weekday in range(1, 8)
    ]
    headings = [translate("Weekday", language), *(f"{hour}:00" for hour in HOURS)]
    intro = translate(
        "Share of residents within {limit} of a post that is open then; from – to where the "
        "hours of some posts are not known.",
        language,
        limit=limits_in_words(run.summary, language)[band],
    )
    return {
        **empty,
        "intro": intro,
        "columns": [
            _heading(heading, [row[place] for row in rows], number=place > 0)
            for place, heading in enumerate(headings)
        ],
        "rows": rows,
        "picture": "opening_hours.png",
    }


def _from_to(bounds: Sequence[float], language: str) -> str:
    least, most = (format_share(float(bound), language) for bound in bounds)
    return least if least == most else f"{least} – {most}"


def part(
    sheet: Sheet | None,
    language: str,
    *,
    columns: Sequence[str] | None = None,
    rows: int | None = None,
    intro: str = "",
    after: str = "",
) -> dict[str, Any] | None:
    """Write out a table, its longest only to `rows`, which it says then."""
    if sheet is None:
        return None
    wanted = [name for name in columns or sheet.columns if name in sheet.columns]
    chosen = [name for name in wanted if _says_something(sheet, name)]
    table = sheet.table if rows is None else sheet.table.head(rows)
    if len(table) < len(sheet.table):
        shown = translate(
            "{all} rows in all; the workbook has them.",
            language,
            all=format_number(len(sheet.table), language),
        )
        after = f"{shown} {after}".strip()
    written = {
        name: [in_words(value, sheet.columns[name].form, language) for value in table[name]]
        for name in chosen
    }
    return {
        "title": sheet.title,
        "intro": intro,
        "after": after,
        "picture": "",
        "columns": [
            _heading(
                sheet.columns[name].title,
                written[name],
                number=sheet.columns[name].form != "text",
            )
            for name in chosen
        ],
        "rows": [list(row) for row in zip(*written.values(), strict=True)],
    }


def _heading(title: str, cells: Sequence[str], *, number: bool) -> dict[str, Any]:
    """Make a column as wide as its longest cell and the longest word of its heading."""
    word = max((len(word) for word in title.split()), default=0)
    cell = max((len(cell) for cell in cells), default=0)
    letters = min(max(LETTERS_MIN, 1.15 * word, cell), LETTERS_MAX)
    return {"title": title, "weight": letters + 2, "number": number}


def _says_something(sheet: Sheet, name: str) -> bool:
    """Tell whether a column has anything in it."""
    values = sheet.table[name]
    return bool((values.notna() & (values != "")).any())
