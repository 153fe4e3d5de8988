"""The steps of `benchmarks.metropolis`, each in a process of its own."""

import json
import math
import time
from pathlib import Path
from typing import Any

TARAZ = Path(__file__).parents[2] / "data" / "taraz" / "schematic.toml"
DOORS_OF_TARAZ = 42_000  # about; what is drawn has up to 7 % more than is asked for
SIDE_M, LONGEST_SIDE_M = 11_500.0, 40_000.0  # of its rectangle; the rest of a side is fields
DOORS_A_SITE, DOORS_A_POST, DOORS_A_NEW_POST = 50, 1_250, 7_000
M2_A_RESIDENT = 25.0
TIME_LIMIT_S = 3600.0
ENOUGH_GAP = 1e-3
"""The search is stopped here, as Ctrl-C does: what is left of the proof depends on chance."""

STUDY = """city = "Metropolis"
[source]
file = {path}
[siting]
new_posts = 50
time_limit_s = 60
[candidates]
spacing_m = 250
[zones]
hexagon_resolution = 8
"""


def draw_metropolis(doors: str, path: str) -> dict[str, float]:
    """Draw a city like Taraz with about so many doors: all that is counted there, multiplied."""
    from walkshed.schematic import read_schematic, write_schematic

    taraz, times = read_schematic(TARAZ), int(doors) / DOORS_OF_TARAZ
    by_area = (
        *("microdistricts", "centre_superblocks", "parks", "industrial_zones", "cemeteries"),
        *("schools", "precinct_points", "departments", "residents", "houses", "level_crossings"),
    )
    more = {name: round(getattr(taraz, name) * times) for name in by_area}
    for name in ("railway_bridges", "railway_underpasses", "river_bridges"):
        more[name] = round(getattr(taraz, name) * math.sqrt(times))
    side_m = min(SIDE_M * math.sqrt(times), LONGEST_SIDE_M)
    city = taraz.model_copy(update={**more, "width_m": side_m, "height_m": side_m})
    begin = time.process_time()
    write_schematic(city, Path(path))
    return {"cpu_s": time.process_time() - begin}


def tables_of_metropolis(path: str, folder: str) -> dict[str, float]:
    """From the file to tables: the network, what legs do not cross, doors with residents."""
    import numpy as np
    import shapely

    from walkshed.network.snapshot import save_network
    from walkshed.sources.osm import read_osm

    from .city import ADULT, doors_of, network_of, walls_of
    from .jobs import peak_mb

    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    begin = time.process_time()
    extract = read_osm(Path(path))
    read = time.process_time()
    network = network_of(extract)
    built = time.process_time()
    header = {"source": extract.name, "osm_date": extract.osm_date, "profile": ADULT.name}
    save_network(network, into / "network", header=header)
    points = doors_of(extract, network.crs)
    areas = extract.areas[extract.areas["building"] != ""]
    levels = np.maximum(_numbers(areas["building:levels"]), 1.0)
    floor_m2 = areas.geometry.to_crs(network.crs).area.to_numpy() * levels
    np.save(into / "doors.npy", shapely.get_coordinates(points.to_numpy()))
    np.save(into / "residents.npy", np.round(floor_m2 / M2_A_RESIDENT))
    for name, lines in walls_of(extract, network.crs).items():
        xy, line = shapely.get_coordinates(lines, return_index=True)
        np.save(into / f"{name}.npy", np.column_stack([xy, line]))
    return {"read_s": read - begin, "network_s": built - read, "peak_mb": peak_mb()}


def _numbers(texts: Any) -> Any:
    import pandas as pd

    return pd.to_numeric(texts, errors="coerce").fillna(1.0).to_numpy(float)


def metropolis(folder: str) -> dict[str, Any]:
    """From tables to a plan and its scores, by steps."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    from walkshed.network.snapshot import load_network

    from .city import sites_of

    begin = time.process_time()
    at = Path(folder)
    network, _ = load_network(at / "network")
    walls = {name: _lines(np.load(at / f"{name}.npy")) for name in ("barriers", "fences")}
    points = gpd.GeoSeries(shapely.points(np.load(at / "doors.npy")), crs=network.crs)
    people = pd.Series(np.load(at / "residents.npy"), index=points.index)
    site_points = sites_of(network, round(len(points) / DOORS_A_SITE))
    load_s = time.process_time() - begin
    few = points.iloc[:500], people.iloc[:500], site_points.iloc[:10]
    _from_tables(network, walls, *few, Steps())  # loads what was compiled before
    steps = Steps({"load_s": load_s})
    found = _from_tables(network, walls, points, people, site_points, steps)
    return {**steps.found, **found, "cpu_s": sum(steps.seconds)}


class Steps:
    """CPU seconds of each step, and the peak of memory up to its end."""

    def __init__(self, found: dict[str, float] | None = None) -> None:
        self.found = found or {}
        self._begin = time.process_time()

    @property
    def seconds(self) -> list[float]:
        return [value for name, value in self.found.items() if name.endswith("_s")]

    def done(self, name: str) -> None:
        from .jobs import peak_mb

        now = time.process_time()
        self.found |= {f"{name}_s": now - self._begin, f"{name}_peak_mb": peak_mb()}
        self._begin = now


def _from_tables(
    network: Any, walls: Any, points: Any, people: Any, site_points: Any, steps: Steps
) -> dict[str, Any]:
    import numpy as np
    import pandas as pd

    from walkshed.network import snap
    from walkshed.siting import SitingProblem, SitingRules, mclp
    from walkshed.siting.plan import relative_gap
    from walkshed.travel_times import nearest_facility, walking_times

    from .city import CUTOFF_MIN, SNAPPING, SPEED_KMH
    from .jobs import peak_mb

    def enough(objective: float, bound: float) -> None:
        if relative_gap(objective, bound) <= ENOUGH_GAP:
            raise KeyboardInterrupt

    doors = snap(network, points, **walls, **SNAPPING)
    sites = snap(network, site_points, **walls, **SNAPPING)
    steps.done("snap")
    n_posts, n_new = (max(1, round(len(doors) / n)) for n in (DOORS_A_POST, DOORS_A_NEW_POST))
    posts = sites.iloc[np.random.default_rng(1).permutation(len(sites))[:n_posts]]
    nearest = nearest_facility(network, doors, posts, speed_kmh=SPEED_KMH)
    steps.done("existing")
    every = pd.concat([posts.set_axis(posts.index + " post"), sites])
    times = walking_times(network, doors, every, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN)
    steps.done("times")
    status = np.where(np.arange(len(every)) < n_posts, "existing", "candidate")
    table = pd.DataFrame({"status": status}, index=every.index)
    problem = SitingProblem(times, people, table, CUTOFF_MIN)
    rules = SitingRules(new_posts=n_new)
    plan = mclp(problem, rules, time_limit_s=TIME_LIMIT_S, tell=enough)
    steps.done("siting")
    _score(network, doors, points, people, pd.concat([posts, sites.loc[list(plan.site_ids)]]))
    steps.done("scores")
    return {
        "peak_mb": peak_mb(),
        "doors": len(doors),
        "sites": len(sites),
        "posts": n_posts,
        "edges": network.n_edges,
        "walks": int(times.seconds.nnz),
        "new_posts": len(plan.site_ids),
        "status": plan.status,
        "gap": plan.gap,
        "share_now": float(people[nearest["minutes"] <= CUTOFF_MIN].sum() / people.sum()),
        "share_after": plan.figures.share_within,
    }


def _score(network: Any, doors: Any, points: Any, people: Any, posts: Any) -> Any:
    """Score squares of 2 km with the plan built."""
    import numpy as np
    import pandas as pd
    import shapely

    from walkshed.scores import second_nearest, zone_scores
    from walkshed.travel_times import nearest_facilities, nearest_facility

    from .city import SPEED_KMH

    first = nearest_facility(network, doors, posts, speed_kmh=SPEED_KMH)
    ranked = nearest_facilities(network, doors, posts, speed_kmh=SPEED_KMH, k=2)
    table = pd.DataFrame(
        {
            "residents": people,
            "nearest_min": first["minutes"],
            "not_reached_reason": np.where(np.isfinite(first["minutes"]), "", "no_way"),
            "detour_index": 1.0,
        }
    ).join(second_nearest(ranked, first["facility"]))
    east, north = (shapely.get_coordinates(points.to_numpy()) // 2_000).astype(int).T
    zone = pd.Series(east, points.index).astype(str) + " " + pd.Series(north).astype(str).array
    inside, backup = (
        pd.DataFrame({f"{band:g}": table[name] <= band for band in (5.0, 10.0, 15.0)})
        for name in ("nearest_min", "second_nearest_min")
    )
    return zone_scores(table, zone, inside=inside, backup=backup, reasons=["no_way"])


def whole_metropolis(path: str) -> dict[str, float]:
    """`walkshed site` on the file, as a user would run it."""
    import tempfile

    from walkshed.cli import app

    from .jobs import peak_mb

    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.toml"
        study.write_text(STUDY.format(path=json.dumps(str(Path(path).resolve()))))
        begin = time.process_time()
        app(["site", str(study), "--out", str(Path(folder) / "out")], standalone_mode=False)
        return {"cpu_s": time.process_time() - begin, "peak_mb": peak_mb()}


def _lines(rows: Any) -> Any:
    import numpy as np
    import shapely

    return shapely.linestrings(rows[:, :2], indices=rows[:, 2].astype(np.int64))


JOBS: dict[str, Any] = {
    "draw_metropolis": draw_metropolis,
    "tables_of_metropolis": tables_of_metropolis,
    "metropolis": metropolis,
    "whole_metropolis": whole_metropolis,
}
