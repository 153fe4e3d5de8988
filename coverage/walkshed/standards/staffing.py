"""How many residents one precinct inspector serves: the norm, and what is the case."""

from ._cited import Cited, PositiveNumber, Standard, named_table, tables


class StaffingNorm(Standard):
    """Residents for each precinct inspector."""

    residents_per_inspector: Cited[PositiveNumber]

    def inspectors_for(self, residents: float) -> float:
        """Tell how many inspectors so many residents call for; a fraction, not rounded.

        Examples
        --------
        >>> staffing_norm("norm_2000").inspectors_for(423_000)
        211.5
        """
        return residents / self.residents_per_inspector.value


def staffing_norm(name: str) -> StaffingNorm:
    """Get a staffing norm by its name.

    Raises
    ------
    SettingsError
        When there is none of that name; the message lists those there are.

    Examples
    --------
    >>> staffing_norm("zhambyl_3300").residents_per_inspector.value
    3300.0
    """
    return StaffingNorm(name=name, **named_table("staffing", name, "staffing norm"))


def staffing_norm_names() -> tuple[str, ...]:
    """List the staffing norms there are.

    Examples
    --------
    >>> staffing_norm_names()
    ('kazakhstan_4000', 'norm_2000', 'zhambyl_3300')
    """
    return tuple(sorted(tables("staffing")))
