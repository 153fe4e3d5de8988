"""How far is within walking distance: bands of minutes, or of metres by the storeys of houses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError, model_validator

from ..errors import SettingsError
from ._cited import Cited, PositiveNumber, Share, Standard, named_table, tables

Unit = Literal["min", "m"]


@dataclass(frozen=True)
class Band:
    """A limit on the walk of each door; exactly at the limit still counts.

    Attributes
    ----------
    label
        Its name in columns: "10", or "500_800".
    unit
        What is limited: minutes on foot, or metres along the streets walked.
    cutoff
        The limit, in that unit, of a house with more levels than `low_rise_levels_max`.
    low_rise_cutoff
        The limit of a house with at most so many levels.
    """

    label: str
    unit: Unit
    cutoff: float
    low_rise_cutoff: float
    low_rise_levels_max: float = np.inf

    @property
    def limits(self) -> tuple[float, ...]:
        """The different limits there are, the shorter first.

        Examples
        --------
        >>> access_standard("everyday_500_800").bands[0].limits
        (500.0, 800.0)
        """
        return tuple(sorted({self.cutoff, self.low_rise_cutoff}))

    def __str__(self) -> str:
        """Tell the limit with its unit: "10 min", "500/800 m"."""
        return f"{'/'.join(f'{limit:g}' for limit in self.limits)} {self.unit}"

    def cutoff_of(self, levels: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Give the limit of each house by its levels.

        Unknown levels (NaN) count as many: the shorter walk is asked for.

        Examples
        --------
        >>> everyday = access_standard("everyday_500_800").bands[0]
        >>> everyday.cutoff_of([1, 2, 3, 5, float("nan")]).tolist()
        [800.0, 800.0, 500.0, 500.0, 500.0]
        """
        low = np.asarray(levels, dtype=float) <= self.low_rise_levels_max
        return np.where(low, self.low_rise_cutoff, self.cutoff)


class AccessStandard(Standard):
    """What counts as walking distance: in minutes, or in metres by storeys.

    Attributes
    ----------
    cutoffs_min, planning_cutoff_min
        Minutes of each band, and of the band that new posts are planned for.
    multi_storey_m, low_rise_m, low_rise_levels_max
        Metres along the streets for houses with more than so many levels, and for the others.
    target_share
        Share of residents that should be within the band that is planned for; None where the
        standard asks for all of them.
    """

    cutoffs_min: Cited[tuple[PositiveNumber, ...]] | None = None
    planning_cutoff_min: Cited[PositiveNumber] | None = None
    multi_storey_m: Cited[PositiveNumber] | None = None
    low_rise_m: Cited[PositiveNumber] | None = None
    low_rise_levels_max: Cited[PositiveNumber] | None = None
    target_share: Cited[Share] | None = None

    @model_validator(mode="after")
    def _is_in_minutes_or_in_metres(self) -> Self:
        minutes = (self.cutoffs_min, self.planning_cutoff_min)
        metres = (self.multi_storey_m, self.low_rise_m, self.low_rise_levels_max)
        given = [figure is not None for figure in (*minutes, *metres)]
        if given not in ([True] * 2 + [False] * 3, [False] * 2 + [True] * 3):
            raise ValueError(
                "give `cutoffs_min` and `planning_cutoff_min`, or all of `multi_storey_m`, "
                "`low_rise_m` and `low_rise_levels_max`"
            )
        return self

    @model_validator(mode="after")
    def _bands_grow(self) -> Self:
        if self.cutoffs_min and self.planning_cutoff_min:
            cutoffs_min = self.cutoffs_min.value
            if not cutoffs_min or list(cutoffs_min) != sorted(set(cutoffs_min)):
                raise ValueError("`cutoffs_min` must grow from band to band")
            if self.planning_cutoff_min.value not in cutoffs_min:
                raise ValueError("`planning_cutoff_min` must be one of `cutoffs_min`")
        return self

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands, the narrowest first.

        Examples
        --------
        >>> [str(band) for band in access_standard("minutes_5_10_15").bands]
        ['5 min', '10 min', '15 min']
        """
        if self.multi_storey_m and self.low_rise_m and self.low_rise_levels_max:
            many, few = self.multi_storey_m.value, self.low_rise_m.value
            label = "_".join(f"{limit:g}" for limit in sorted({many, few}))
            return (Band(label, "m", many, few, self.low_rise_levels_max.value),)
        cutoffs_min = self.cutoffs_min.value if self.cutoffs_min else ()
        return tuple(Band(f"{cut:g}", "min", cut, cut) for cut in cutoffs_min)

    @property
    def planning_band(self) -> Band:
        """The band that new posts are planned for.

        Examples
        --------
        >>> str(access_standard("minutes_5_10_15").planning_band)
        '10 min'
        """
        planned = self.planning_cutoff_min
        return next(band for band in self.bands if not planned or band.cutoff == planned.value)


def access_standard(name: str) -> AccessStandard:
    """Get an access standard by its name.

    Raises
    ------
    SettingsError
        When there is none of that name; the message lists those there are.

    Examples
    --------
    >>> standard = access_standard("minutes_5_10_15")
    >>> standard.cutoffs_min.value, standard.planning_cutoff_min.value
    ((5.0, 10.0, 15.0), 10.0)
    """
    return AccessStandard(name=name, **named_table("access", name, "access standard"))


def custom_standard(figures: Mapping[str, object], *, source: str, date: str) -> AccessStandard:
    """Make an access standard of a study's own figures; nobody has verified it.

    Raises
    ------
    SettingsError
        The figures make no standard.

    Examples
    --------
    >>> figures = {"multi_storey_m": 700, "low_rise_m": 700, "low_rise_levels_max": 2}
    >>> str(custom_standard(figures, source="city council", date="2026").planning_band)
    '700 m'
    """
    cited = {
        key: {"value": value, "source": source, "date": date, "verified": False}
        for key, value in figures.items()
    }
    try:
        return AccessStandard.model_validate({"name": "custom", **cited})
    except ValidationError as error:
        reasons = [found["msg"].removeprefix("Value error, ") for found in error.errors()]
        raise SettingsError("; ".join(reasons)) from error


def access_standard_names() -> tuple[str, ...]:
    """List the access standards there are.

    Examples
    --------
    >>> access_standard_names()
    ('everyday_500_800', 'minutes_5_10_15', 'periodic_1000_1500')
    """
    return tuple(sorted(tables("access")))
