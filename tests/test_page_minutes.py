"""Minutes on the ground of the map's page (`maps/page/minutes_ground.js`), run by Node."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from test_page_walks import node_answers, random_network, random_places

MINUTES = Path(__file__).parent / "page" / "minutes.mjs"
SHARES = [share / 16 for share in range(1, 16)]  # an end alone is no stretch
WIDTH, HEIGHT = 9, 15


def times(seconds: list[float | None]) -> Any:
    return np.array([np.inf if time is None else time for time in seconds])


def street(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    posts = random_places(rng, len(network["u"]), int(rng.integers(1, 4)))
    return {
        "network": network,
        "posts": posts,
        "shares": SHARES,
        "limit": float(rng.choice([20, 60])),
    }


def view(blocked_row: int | None = None) -> dict[str, Any]:
    """A street of 8 cells of 20 m at 2 m a second; perhaps water along a row of cells."""
    blocked = np.zeros((HEIGHT, WIDTH), dtype=int)
    if blocked_row is not None:
        blocked[blocked_row] = 1
    return {
        "width": WIDTH, "height": HEIGHT, "metres": 20, "speed_kmh": 7.2, "seconds": 80,
        "blocked": blocked.ravel().tolist(),
    }  # fmt: skip


def test_a_place_along_a_street_takes_the_seconds_of_a_door_there_and_is_within_by_them() -> None:
    questions = [street(seed) for seed in range(150)]
    answers = node_answers(MINUTES, {"streets": questions, "views": []})["streets"]
    seen = set()
    for asked, answer in zip(questions, answers, strict=True):
        rows = times(answer["doors"])
        np.testing.assert_allclose(times(answer["fill"]), rows, atol=1e-9)
        for edge, (row, parts) in enumerate(
            zip(rows.reshape(-1, len(SHARES)), answer["stretches"], strict=True)
        ):
            for share, seconds in zip(SHARES, row, strict=True):
                if abs(seconds - asked["limit"]) < 1e-6:
                    continue
                inside = any(low - 1e-9 <= share <= high + 1e-9 for low, high in parts)
                assert inside == (seconds < asked["limit"]), (asked, edge, share)
                seen.add((inside, len(parts)))
    assert {(True, 1), (False, 1), (True, 2), (False, 2)} <= seen


def test_beside_a_street_the_time_grows_at_walking_speed_and_ends() -> None:
    (told,) = node_answers(MINUTES, {"streets": [], "views": [view()]})["views"]
    cells = times(told).reshape(HEIGHT, WIDTH)
    middle = HEIGHT // 2
    assert cells[middle] == pytest.approx(np.arange(WIDTH) * 10.0)
    assert cells[middle - 3, 0] == pytest.approx(30.0)  # 60 m beside the post
    assert cells[middle + 3, 4] == pytest.approx(10 + 30 * np.sqrt(2))  # as the crow flies
    assert np.isfinite(cells[middle + 3]).all()  # 60 m, and 85 m aslant
    assert np.isinf(cells[middle + 6]).all()  # 120 m are more than is drawn


def test_the_ground_beyond_water_has_no_time_from_this_side() -> None:
    (told,) = node_answers(MINUTES, {"streets": [], "views": [view(blocked_row=9)]})["views"]
    cells = times(told).reshape(HEIGHT, WIDTH)
    assert np.isfinite(cells[8]).all()
    assert np.isinf(cells[9:]).all()
    assert np.isfinite(cells[5]).all()
