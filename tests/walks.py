"""Walks through drawn towns and on networks: metres under the rules of walking, and minutes."""

import numpy as np
import pytest

from towns import ADULT_KMH, CRS, DRAWN_M, STEPS_KMH, places
from walkshed.network import barrier_lines, build_network, fence_lines, snap
from walkshed.network.pedestrian import pedestrian_rules
from walkshed.travel_times import nearest_facility, walking_times


def network_of(town, *, rules=None, extract=None):
    extract = extract or town.extract()
    kmh = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH}
    return build_network(extract, crs=CRS, rules=pedestrian_rules(rules), **kmh)


def walk_m(town, door, post, *, rules=None, extract=None):
    """Metres from a door to a post, at 80 m in a minute."""
    extract = extract or town.extract()
    network = network_of(town, rules=rules, extract=extract)
    at = snap(
        network,
        places({"door": door, "post": post}),
        snap_max_m=100,
        island_max_m=0,
        barriers=barrier_lines(extract, crs=CRS),
        fences=fence_lines(extract, crs=CRS),
    )
    found = nearest_facility(network, at.loc[["door"]], at.loc[["post"]], speed_kmh=ADULT_KMH)
    return 80 * float(found["minutes"].iloc[0])


def metres(length):
    return pytest.approx(length, abs=10 * DRAWN_M)


def nearest(network, doors, posts, speed_kmh=ADULT_KMH):
    return nearest_facility(network, doors, posts, speed_kmh=speed_kmh)


def dense(network, doors, posts, *, speed_kmh=ADULT_KMH, cutoff_min=1e6):
    """All walking minutes as a plain matrix; infinite where nothing is stored."""
    times = walking_times(network, doors, posts, speed_kmh=speed_kmh, cutoff_min=cutoff_min)
    minutes = np.full(times.seconds.shape, np.inf)
    walks = times.seconds.tocoo()
    minutes[walks.row, walks.col] = walks.data / 60
    return minutes
