"""«Propose here» (`maps/page/proposing.js`), run by Node, against plain greedy."""

from pathlib import Path
from typing import Any

import numpy as np

from test_page_walks import node_answers, random_network, random_places

PROPOSING = Path(__file__).parent / "page" / "proposing.mjs"


def question(seed: int) -> dict[str, Any]:
    """A town of a few streets and posts, many places to try, and residents that often tie."""
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    edges, doors = len(network["u"]), int(rng.integers(1, 40))
    at = random_places(rng, edges, doors)
    return {
        "network": network,
        "doors": {key: [place[key] for place in at] for key in ("edge", "share", "access")},
        "posts": random_places(rng, edges, int(rng.integers(0, 3))),
        "places": random_places(rng, edges, int(rng.integers(1, 15))),
        "limits": rng.choice([20.0, 45.0, 90.0], doors).tolist(),
        "residents": rng.integers(0, 6, doors).tolist(),
        "most": int(rng.integers(1, 6)),
    }


def plain_greedy(sets: list[list[int]], residents: list[int], most: int) -> list[dict[str, int]]:
    """Count every set anew before each choice; of equal ones the first."""
    taken: set[int] = set()
    chosen: list[dict[str, int]] = []
    while len(chosen) < most:
        gains = [sum(residents[door] for door in doors if door not in taken) for doors in sets]
        best = max(gains)
        if not best:
            break
        chosen.append({"place": gains.index(best), "people": best})
        taken |= set(sets[gains.index(best)])
    return chosen


def test_small_searches_and_lazy_counting_propose_what_plain_greedy_does() -> None:
    questions = [question(seed) for seed in range(200)]
    answers = node_answers(PROPOSING, questions)
    for asked, answer in zip(questions, answers, strict=True):
        assert answer["sets"] == answer["anew"]
        plain = plain_greedy(answer["anew"], asked["residents"], asked["most"])
        assert answer["chosen"] == plain
    told = [len(answer["chosen"]) for answer in answers]
    assert {0, 1, 2, 3} <= set(told)  # some find nothing, some find several
