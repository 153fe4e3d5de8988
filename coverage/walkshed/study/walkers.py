"""The same city walked by different people: adults, older people, in winter; and by age group."""

import pandas as pd

from ..scores.groups import ALL, group_scores
from ..settings import StudySettings
from ..sources.population import AGES
from ..standards import WalkingProfile
from .bands import inside
from .walk import Walk
from .walked import WalkedCity, walks_of


def walking_profiles_table(settings: StudySettings, city: WalkedCity) -> pd.DataFrame:
    """Coverage by walking profile, age group and band, side by side.

    Every profile has the network built for it, as if the study had named it: what a wheelchair
    cannot use is not there, and doors and posts meet the streets that are left. For a band in
    metres the minutes differ, but not the metres, where the same streets are walked.

    Returns
    -------
    DataFrame
        `profile` (the study's own first), `speed_kmh` on the level, and the columns of
        `group_scores`: the groups are "all" and the age groups that are known.
    """
    standards = city.standards
    own = standards.profile
    parts = [_of_profile(city, own, city.walk, city.measured)]
    for profile in standards.beside:
        walk, measured = walks_of(settings, city.survey, profile, standards.planning, city.scenario)
        parts.append(_of_profile(city, profile, walk, measured))
    return pd.concat(parts, ignore_index=True)


def _of_profile(
    city: WalkedCity, profile: WalkingProfile, walk: Walk, measured: Walk
) -> pd.DataFrame:
    doors = walk.doors
    people = pd.DataFrame({ALL: doors["residents"]})
    for age in (age for age in AGES if age in doors):
        people[age.removeprefix("residents_")] = doors[age]
    within = inside(city.standards.access.bands, doors, measured.doors["nearest_min"])
    scores = group_scores(doors["nearest_min"], people, inside=within)
    scores.insert(0, "profile", profile.name)
    scores.insert(1, "speed_kmh", profile.level_speed_kmh)
    return scores
