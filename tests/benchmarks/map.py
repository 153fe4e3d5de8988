"""The planner's map beside the same data as plain Folium GeoJson layers, in one run.

    python -m tests.benchmarks.map data/monaco/study.toml data/taraz/study.toml

from the root of the repository; Taraz without network is the schematic one. For each page: its
size, when it can be used, its longest stall while zooming, its heap; for ours, how it follows a
post that is dragged in «What if»: frames a second by the median gap between frames, the longest
gap, and the milliseconds of a step (walks counted anew, map and numbers drawn), median and worst.
All pages are opened in the same headless Chromium in turns, the network off. The plain pages get
Leaflet written into them, or they would show nothing; their layers are what `folium.GeoJson`
writes, without popups, and they have no what-if. Start and stall are told by CPU time of the page's
own thread, as Chromium traces it, beside the wall time: a busy computer adds to the second only.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import pandas as pd
import shapely

from walkshed.maps import OfflineMap
from walkshed.network import street_lines
from walkshed.settings import read_settings
from walkshed.sources.ground import ground_layers
from walkshed.study import run_study
from walkshed.study.files import study_map_of
from walkshed.study.result import StudyResult

PLAIN = {"folium, drawn as SVG": False, "folium, drawn on canvas": True}
TRACED = ["toplevel", "disabled-by-default-devtools.timeline"]
PRECISION_DEGREES = 1e-5
"""About a metre: what the packed ground is simplified to as well."""

WATCH = """window.longTasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
  window.longTasks.push(entry.startTime + entry.duration))).observe({ type: "longtask" });"""

DRAG_STEPS, DRAG_MS, DRAG_PX = 60, 2000, 240
FOLLOW = """() => {
  const numbers = document.querySelector("#try-numbers");
  const written = new MutationObserver(() => {});
  written.observe(numbers, { subtree: true, childList: true, characterData: true });
  const askedOf = window.requestAnimationFrame.bind(window);
  window.followed = { frames: [], steps: [], on: true };
  const frame = (now) => {
    if (!window.followed.on) return;
    window.followed.frames.push(now);
    askedOf(frame);
  };
  askedOf(frame);
  window.requestAnimationFrame = (work) => askedOf((now) => {
    const start = performance.now();
    work(now);
    const took = performance.now() - start;
    if (written.takeRecords().length) window.followed.steps.push(took);
  });
}"""
"""A step of the what-if is the work of a frame that writes the panel's numbers anew."""


def plain_tables(result: StudyResult) -> dict[str, Any]:
    """Tables of ground and results that both pages draw, in degrees."""
    extract = result.opened.extract
    ground = {**ground_layers(extract), "streets": street_lines(result.network)}
    ground.pop("places", None)
    tables = {**ground, "hexagons": result.hexagons, "doors": result.doors, "posts": result.posts}
    if result.proposed is not None:
        tables["proposed"] = result.proposed
    there = {
        name: table[table.geometry.notna() & ~table.geometry.is_empty].to_crs(4326)
        for name, table in tables.items()
    }
    return {name: table for name, table in there.items() if len(table)}


def plain_page(result: StudyResult, *, on_canvas: bool) -> str:
    """Draw the study's ground and results with one `folium.GeoJson` a table."""
    page = OfflineMap(location=[0, 0], zoom_start=12, prefer_canvas=on_canvas)
    for table in plain_tables(result).values():
        thin = shapely.set_precision(table.geometry.values, PRECISION_DEGREES, mode="pointwise")
        point = folium.CircleMarker(radius=2) if _is_points(table) else None
        folium.GeoJson(_features(thin), marker=point).add_to(page)
    south, west, north, east = _bounds(result)
    page.fit_bounds([[south, west], [north, east]])
    return page.to_html()


def _is_points(table: Any) -> bool:
    return bool((table.geometry.geom_type == "Point").all())


def _features(geometries: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(text)}
        for text in shapely.to_geojson(geometries)
    ]
    return {"type": "FeatureCollection", "features": features}


def _bounds(result: StudyResult) -> tuple[float, float, float, float]:
    west, south, east, north = result.hexagons.to_crs(4326).total_bounds
    return float(south), float(west), float(north), float(east)


def _tasks_ms(trace: bytes) -> list[tuple[float, float]]:
    """CPU and wall milliseconds of the tasks of the page's main thread, the longest first."""
    events = json.loads(trace)["traceEvents"]
    ours = {event["pid"] for event in events if _is_of_a_file(event)}  # Chromium has pages too
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name"
        and event["args"]["name"] == "CrRendererMain"
        and event["pid"] in ours
    }
    tasks = [
        (event.get("tdur", 0) / 1000, event["dur"] / 1000)
        for event in events
        if event.get("ph") == "X"
        and (event["pid"], event["tid"]) in main
        and event["name"] == "ThreadControllerImpl::RunTask"
    ]
    return sorted(tasks, reverse=True) or [(0.0, 0.0)]


def _is_of_a_file(event: dict[str, Any]) -> bool:
    return "file:///" in str(event.get("args", {}).get("data", ""))


def _map_in(page: Any) -> str:
    ours = page.evaluate("Boolean(window.walkshed)")
    return "window.walkshed.map" if ours else "map_walkshed"


def _until_still(page: Any) -> float:
    """When the page is ready and has not been busy for a second: milliseconds from its start."""
    for _ in range(300):
        page.wait_for_timeout(200)
        ready, quiet = page.evaluate(
            "[!window.walkshed || window.walkshed.ready,"
            " performance.now() - Math.max(0, ...window.longTasks) > 1000]"
        )
        if ready and quiet:
            break
    last, ready_at = page.evaluate(
        "[Math.max(0, ...window.longTasks), (window.walkshed || {}).readyAt || 0]"
    )
    return float(max(last, ready_at))


def _dragged(page: Any) -> dict[str, float]:
    """Drag the post nearest to the middle of our map to and fro, and see how the page follows."""
    page.click("#scenario-whatif")
    x, y = page.evaluate(
        """(() => {
          const map = document.querySelector(".folium-map").getBoundingClientRect();
          const off = ([x, y]) => Math.hypot(x - map.x - map.width / 2, y - map.y - map.height / 2);
          return [...document.querySelectorAll("[data-post]")].map((post) => {
            const { x, y, width, height } = post.getBoundingClientRect();
            return [x + width / 2, y + height / 2];
          }).sort((one, other) => off(one) - off(other))[0];
        })()"""
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4, y + 4)  # it is lifted: the walks to all others are found once
    page.evaluate(FOLLOW)
    for step in range(DRAG_STEPS):
        turn = 1 - abs(1 - 2 * step / DRAG_STEPS)
        page.mouse.move(x + DRAG_PX * turn, y + DRAG_PX / 2 * turn)
        page.wait_for_timeout(DRAG_MS / DRAG_STEPS)
    found = page.evaluate("(window.followed.on = false, window.followed)")
    page.mouse.up()
    gaps = [later - sooner for sooner, later in pairwise(found["frames"])]
    return {
        "drag_fps": 1000 / statistics.median(gaps),
        "drag_gap_ms": max(gaps),
        "step_median_ms": statistics.median(found["steps"]),
        "step_worst_ms": max(found["steps"]),
    }


def measured(browser: Any, path: Path) -> dict[str, float]:
    """Open a page once, zoom in and out, and drag it."""
    context = browser.new_context(offline=True, viewport={"width": 1360, "height": 860})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH)
    browser.start_tracing(page=page, categories=TRACED)
    page.goto(path.as_uri())
    start_ms = _until_still(page)
    start_cpu_ms = sum(cpu for cpu, _ in _tasks_ms(browser.stop_tracing()))
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    stalls = []
    for step in (1, 1, 1, -1, -1, -1):
        browser.start_tracing(page=page, categories=TRACED)
        page.evaluate(f"{_map_in(page)}.zoomIn({step}); 0")
        page.wait_for_timeout(1500)
        stalls.append(_tasks_ms(browser.stop_tracing())[0])
    dragging = _dragged(page) if page.evaluate("Boolean(window.walkshed)") else {}
    context.close()
    if errors:
        raise RuntimeError(f"{path.name}: {errors}")
    return {
        "size_mb": path.stat().st_size / 1e6,
        "start_ms": start_ms,
        "start_cpu_ms": start_cpu_ms,
        "stall_cpu_ms": max(cpu for cpu, _ in stalls),
        "stall_ms": max(wall for _, wall in stalls),
        "heap_mb": (used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6,
        **dragging,
    }


def compare(study: Path, *, rounds: int) -> pd.DataFrame:
    """Rows of one study: ours, plain, and plain as a multiple of ours; medians of the rounds."""
    from playwright.sync_api import sync_playwright

    result = run_study(read_settings(study))
    pages = {"walkshed": study_map_of(result).to_html()}
    pages |= {name: plain_page(result, on_canvas=canvas) for name, canvas in PLAIN.items()}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for _ in range(rounds):
            for name, html in pages.items():
                path = Path(folder) / "page.html"
                path.write_text(html, "utf-8")
                found[name].append(measured(browser, path))
        browser.close()
    rows = pd.DataFrame({name: pd.DataFrame(runs).median() for name, runs in found.items()}).T
    ratios = rows.loc[list(PLAIN)] / rows.loc["walkshed"]
    ratios.index = [f"{name}, times walkshed" for name in PLAIN]
    return pd.concat([rows, ratios])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    for study in given.studies:
        print(study, compare(study, rounds=given.rounds).round(2).to_string(), sep="\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
