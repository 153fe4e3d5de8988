"""The page's engine of walks (`maps/page/engine.js`), run by Node, against networkx."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

WALKS = Path(__file__).parent / "page" / "walks.mjs"


def node_answers(script: Path, question: Any) -> Any:
    """Ask the page's own code by a script that Node runs."""
    node = shutil.which("node")
    if node is None:
        reason = "no node on this machine: the page's engine was not run"
        if os.environ.get("WALKSHED_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    asked = json.dumps(question)
    done = subprocess.run([node, script], input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def walks(question: dict[str, Any]) -> Any:
    """Ask the page's engine."""
    return node_answers(WALKS, question)


def random_network(rng: np.random.Generator) -> dict[str, Any]:
    """Edges between a few nodes, some of them loops, parallel, or closed in one direction."""
    nodes, edges = int(rng.integers(1, 12)), int(rng.integers(1, 22))
    seconds = rng.integers(0, 600, (2, edges)) / 10

    def written(direction: int) -> list[float | None]:
        return [None if rng.random() < 0.1 else float(s) for s in seconds[direction]]

    forward = written(0)
    two_way = rng.random() < 0.5
    return {
        "nodes": nodes,
        "u": rng.integers(0, nodes, edges).tolist(),
        "v": rng.integers(0, nodes, edges).tolist(),
        "forward": forward,
        "backward": forward if two_way else written(1),
    }


def random_places(rng: np.random.Generator, edges: int, count: int) -> list[dict[str, Any]]:
    shares = rng.choice([0.0, 1.0, *rng.random(6).round(3)], count)
    return [
        {"edge": int(edge), "share": float(share), "access": float(access)}
        for edge, share, access in zip(
            rng.integers(0, edges, count), shares, rng.integers(0, 300, count) / 10, strict=True
        )
    ]


def oracle(
    network: dict[str, Any], doors: list[Any], scenario: dict[str, Any]
) -> list[list[float]]:
    """Seconds from each door to every post, on a graph cut at every place there is."""
    ends = [end for link in scenario["links"] for end in (link["from"], link["to"])]
    on_edge: dict[int, list[tuple[float, Any]]] = {}
    for kind, places in (("door", doors), ("post", scenario["posts"]), ("end", ends)):
        for number, place in enumerate(places):
            on_edge.setdefault(place["edge"], []).append((place["share"], (kind, number)))
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.add_nodes_from(range(network["nodes"]))
    for edge, (u, v) in enumerate(zip(network["u"], network["v"], strict=True)):
        marks = sorted(on_edge.get(edge, []), key=lambda mark: mark[0])
        chain = [(0.0, u), *marks, (1.0, v)]
        graph.add_nodes_from(mark for _, mark in marks)
        for (at, one), (then, other) in itertools.pairwise(chain):
            for tail, head, whole in (
                (one, other, network["forward"][edge]),
                (other, one, network["backward"][edge]),
            ):
                closed = whole is None or edge in scenario["closed"]
                if then == at:
                    graph.add_edge(tail, head, weight=0.0)
                elif not closed:
                    graph.add_edge(tail, head, weight=(then - at) * whole)
    for number, link in enumerate(scenario["links"]):
        one, other = ("end", 2 * number), ("end", 2 * number + 1)
        graph.add_edge(one, other, weight=link["seconds"])
        graph.add_edge(other, one, weight=link["seconds"])
    return [to_posts(graph, number, door, scenario) for number, door in enumerate(doors)]


def to_posts(graph: Any, number: int, door: Any, scenario: dict[str, Any]) -> list[float]:
    away = nx.single_source_dijkstra_path_length(graph, ("door", number))
    return [
        away.get(("post", place), np.inf) + door["access"] + post["access"]
        for place, post in enumerate(scenario["posts"])
    ]


def check_way(
    network: dict[str, Any], scenario: dict[str, Any], door: dict[str, Any], walk: dict[str, Any]
) -> None:
    """The drawn way leads from the door to the post without a gap, and takes its seconds."""

    def place(leg: dict[str, Any], share: float) -> Any:
        if "link" in leg:
            link = scenario["links"][leg["link"]]
            return place(end := link["from" if share < 0.5 else "to"], end["share"])
        if share in (0, 1):
            return ("node", network["v" if share else "u"][leg["edge"]])
        return (leg["edge"], round(share, 9))

    def seconds(leg: dict[str, Any]) -> float:
        part = leg["to"] - leg["from"]
        if "link" in leg:
            whole = scenario["links"][leg["link"]]["seconds"]
        else:
            whole = network["forward" if part > 0 else "backward"][leg["edge"]]
            assert part == 0 or leg["edge"] not in scenario["closed"]
        return abs(part) * whole if part else 0.0

    post, legs = scenario["posts"][walk["post"]], walk["legs"]
    ends = [place(door, door["share"]), *(place(leg, leg["to"]) for leg in legs)]
    assert [place(leg, leg["from"]) for leg in legs] == ends[:-1]
    assert ends[-1] == place(post, post["share"])
    total = door["access"] + post["access"] + sum(map(seconds, legs))
    assert total == pytest.approx(walk["seconds"], abs=1e-6)


@pytest.mark.parametrize("round_", range(4))
def test_the_page_walks_as_networkx_does_whatever_is_closed_linked_or_added(round_):
    rng = np.random.default_rng(round_)
    for _ in range(12):
        network = random_network(rng)
        edges = len(network["u"])
        doors = random_places(rng, edges, int(rng.integers(1, 12)))
        scenarios = []
        for _ in range(5):
            ends = random_places(rng, edges, 2 * int(rng.integers(0, 3)))
            links = [
                {"from": one, "to": other, "seconds": float(rng.integers(0, 300) / 10)}
                for one, other in zip(ends[::2], ends[1::2], strict=True)
            ]
            taken = {end["edge"] for end in ends}
            closed = [e for e in range(edges) if rng.random() < 0.15 and e not in taken]
            posts = random_places(rng, edges, int(rng.integers(1, 5)))
            scenarios.append({"posts": posts, "closed": closed, "links": links})
        columns = {key: [door[key] for door in doors] for key in ("edge", "share", "access")}
        answers = walks({"network": network, "doors": columns, "scenarios": scenarios})
        for scenario, answer in zip(scenarios, answers, strict=True):
            expected = oracle(network, doors, scenario)
            for found in (answer["whole"], answer["stepwise"]):
                seconds = [np.inf if s is None else s for s in found]
                assert seconds == pytest.approx([min(row) for row in expected], abs=1e-6)
            for door, row, asked in zip(doors, expected, answer["asked"], strict=True):
                reached = sorted(seconds for seconds in row if np.isfinite(seconds))[:2]
                assert [walk["seconds"] for walk in asked] == pytest.approx(reached, abs=1e-6)
                for walk in asked:
                    assert row[walk["post"]] == pytest.approx(walk["seconds"], abs=1e-6)
                    check_way(network, scenario, door, walk)


def test_a_door_that_meets_no_street_reaches_no_post():
    network = {"nodes": 2, "u": [0], "v": [1], "forward": [10.0], "backward": [10.0]}
    doors = {"edge": [-1, 0], "share": [0.0, 0.5], "access": [0.0, 1.0]}
    posts = [{"edge": 0, "share": 1.0, "access": 2.0}, {"edge": -1, "share": 0, "access": 0}]
    question = {
        "network": network,
        "doors": doors,
        "scenarios": [{"posts": posts, "closed": [], "links": []}],
    }
    (answer,) = walks(question)
    assert answer["whole"] == [None, 8.0]
    assert answer["post"] == [-1, 0]


def test_a_part_of_a_street_is_drawn_between_its_shares_in_the_sense_it_is_walked():
    corner = [[0, 0], [4, 0], [4, 6]]
    parts = [
        {"edge": 1, "from": 0, "to": 1},
        {"edge": 1, "from": 0.2, "to": 0.7},
        {"edge": 1, "from": 0.7, "to": 0.2},
        {"edge": 1, "from": 0.5, "to": 0.5},
        {"edge": 0, "from": 0, "to": 0.5},
    ]
    empty = {"nodes": 1, "u": [], "v": [], "forward": [], "backward": []}
    doors: dict[str, list[Any]] = {"edge": [], "share": [], "access": []}
    question = {"network": empty, "doors": doors, "scenarios": [], "parts": parts}
    assert walks({**question, "lines": [[[9, 9], [9, 9]], corner]}) == [
        corner,
        [[2, 0], [4, 0], [4, 3]],
        [[4, 3], [4, 0], [2, 0]],
        [[4, 1], [4, 1]],
        [[9, 9], [9, 9]],
    ]


def test_streets_within_a_limit_are_the_places_on_them_that_are():
    rng = np.random.default_rng(7)
    pieces = 200
    middles = [(k + 0.5) / pieces for k in range(pieces)]
    for _ in range(6):
        network = random_network(rng)
        edges = len(network["u"])
        network["metres"] = rng.integers(1, 100, edges).tolist()
        posts = random_places(rng, edges, int(rng.integers(1, 4)))
        closed = [edge for edge in range(edges) if rng.random() < 0.1]
        doors = {
            "edge": np.repeat(np.arange(edges), pieces).tolist(),
            "share": middles * edges,
            "access": [0.0] * (pieces * edges),
        }
        scenario = {"posts": posts, "closed": closed, "links": []}
        question = {"network": network, "doors": doors, "scenarios": [scenario]}
        (answer,) = walks(question)
        seconds = np.array([np.inf if s is None else s for s in answer["whole"]])
        for limit, found in zip((30, 90), answer["near"], strict=True):
            share = (seconds.reshape(edges, pieces) <= limit).mean(axis=1)
            sides = 4 * sum(network["metres"]) / pieces
            assert found == pytest.approx(float(share @ network["metres"]), abs=sides)
