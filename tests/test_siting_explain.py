"""A plan told in words: whole texts in three languages, and what each subject says when."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from walkshed.errors import InputError
from walkshed.siting import (
    SitingProblem,
    SitingRules,
    mclp,
    p_median,
    plan_facts,
    problem_of_coverage,
)
from walkshed.siting.explain import sentences
from walkshed.travel_times import TravelTimes

SPACE = "\u00a0"


def street(**columns):
    """Five doors along a street, a post near the first, and three sites."""
    doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    west, mid, east, post = [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1], [1, 0, 0, 0, 0]
    seconds = sparse.csc_array(np.array([west, mid, east, post]).T * 300.0)
    ids = pd.Index(["west", "mid", "east", "post"])
    sites = pd.DataFrame({"status": ["candidate"] * 3 + ["existing"], **columns}, index=ids)
    areas = pd.Series(["West", "West", "West", "East", "East"], index=doors.index)
    return SitingProblem(TravelTimes(seconds, doors.index, ids, 15), doors, sites, 10, areas)


def told(plan, language: str, **options) -> str:
    return plan.explain(language, **options).replace(SPACE, " ")


def test_a_plan_is_told_in_russian() -> None:
    plan = mclp(street(name=["Базар", "", "", ""]), SitingRules(new_posts=2))
    assert told(plan, "ru", inspectors=6, residents_per_inspector=20) == (
        "Цель: чтобы как можно больше жителей жили не дальше 10 минут пешком от поста полиции.\n"
        "Условия: не более 2 новых постов.\n"
        "Жителей не дальше 10 минут пешком от поста полиции: сейчас 40 из 125 (32,0 %), "
        "по плану 125 (100,0 %).\n"
        "Это на 85 жителей больше.\n"
        "Больше всего выиграют: East (+45 чел., 0,0 % → 100,0 %); "
        "West (+40 чел., 50,0 % → 100,0 %).\n"
        "Построить по порядку: 2 новых поста.\n"
        "1. mid: прибавит 65 жителей, охват станет 84,0 %.\n"
        "2. east: прибавит 20 жителей, охват станет 100,0 %.\n"
        "Жителей на один пост: сейчас 125, по плану 42.\n"
        "Внимание: постов больше, а участковых по-прежнему 6: 2,0 на пост вместо 6,0.\n"
        "Жителей на одного участкового: 21; при нормативе 20 нужно участковых: 7.\n"
        "Доказано: при этих условиях из 3 рассмотренных мест лучше выбрать нельзя.\n"
        "Рассчитан только путь пешком; влияние новых постов на преступность не изучалось."
    )


def test_a_plan_is_told_in_kazakh_and_in_english() -> None:
    plan = mclp(street(), SitingRules(new_posts=1))
    assert told(plan, "kk").splitlines()[:3] == [
        "Мақсаты: полиция бекетіне жаяу 10 минут ішінде жететін тұрғындар барынша көп болсын.",
        "Шарттары: ең көбі 1 жаңа бекет.",
        (
            "Полиция бекетіне жаяу 10 минут ішінде жететін тұрғындар: қазір 125 ішінен 40 "
            "(32,0 %), жоспар бойынша 105 (84,0 %)."
        ),
    ]
    assert told(plan, "en").splitlines()[3:6] == [
        "That is 65 residents more.",
        (
            "Most is gained by: West (+40 residents, 50.0% → 100.0%); "
            "East (+25 residents, 0.0% → 55.6%)."
        ),
        "Still worst off: East (55.6%, 20 residents farther off).",
    ]


def test_a_site_is_named_by_its_name_or_street() -> None:
    plan = mclp(
        street(name=["", "Bazaar", None, ""], near=["Abay", "Abay", "Tole bi", ""]),
        SitingRules(new_posts=2),
    )
    lines = told(plan, "en").splitlines()
    assert "1. mid (Bazaar): 65 residents more, 84.0% covered then." in lines
    assert "2. east (Tole bi): 20 residents more, 100.0% covered then." in lines


def test_what_is_closed_says_who_loses_and_who_is_left_without() -> None:
    plan = p_median(
        street(may_close=[False, False, False, True]), SitingRules(new_posts=1, closed_posts=1)
    )
    order = plan.build_order[:1].assign(site_id="east")
    lines = told(replace(plan, site_ids=("east",), closed_ids=("post",), build_order=order), "en")
    assert "To close: post." in lines
    assert (
        "This takes the post within 10 minutes on foot away from 40 residents; "
        "without one remain 40." in lines
    )


def test_the_next_best_plan_says_what_changes_and_what_it_gives_up() -> None:
    plan = mclp(street(), SitingRules(new_posts=1))

    def with_next(sites, objective: float) -> list[str]:
        table = pd.DataFrame({"site_ids": [sites], "objective": [objective]})
        facts = plan_facts(replace(plan, alternatives=table))
        return sentences(facts, "en")["next_best"]

    assert sentences(plan_facts(plan), "en")["next_best"] == []
    assert with_next(("east",), 85.0) == [
        "The next best plan: east instead of mid.",
        "What it gives up: 20 residents.",
    ]
    assert with_next(("mid", "east"), 105.0) == [
        "The next best plan has in addition: east.",
        "It is just as good.",
    ]
    assert with_next((), 104.0)[0] == "The next best plan does without: mid."
    assert with_next(("mid",), 106.0) == [
        "The next best plan closes other posts.",
        "It is better, by 1 resident: this plan is not the best.",
    ]


def test_what_is_not_proven_says_why_and_how_much_better_it_could_be() -> None:
    plan = mclp(street(), SitingRules(new_posts=1))

    def proof(bound: float, status: str) -> list[str]:
        return sentences(plan_facts(replace(plan, bound=bound, status=status)), "en")["proof"]

    assert proof(105.2, "time_limit") == [
        "Not proven: the time for the search ran out.",
        "Another choice could be better by no more than this: 1 resident.",
    ]
    assert proof(125.0, "heuristic")[0] == (
        "Not proven: the question is too large for an exact search, and more time would not help."
    )
    assert proof(125.0, "interrupted") == [
        "Not proven: the search was stopped by the user.",
        "Another choice could be better by no more than this: 20 residents.",
    ]


def test_more_posts_for_the_same_inspectors_is_a_warning_and_fewer_is_not() -> None:
    plan = mclp(street(), SitingRules(new_posts=2))
    assert sentences(plan_facts(plan), "en")["staff"] == []
    assert sentences(plan_facts(plan, inspectors=4), "en")["staff"] == [
        "Residents per post: now 125, with the plan 42.",
        "Attention: more posts, but still 4 inspectors: 1.3 per post instead of 4.0.",
    ]
    nothing = mclp(street(), SitingRules(new_posts=0))
    assert sentences(plan_facts(nothing, inspectors=4), "en")["staff"][1] == (
        "Inspectors per post: now 4.0, with the plan 4.0."
    )
    assert sentences(plan_facts(nothing), "en")["order"] == ["The plan has no new posts."]


def test_money_carries_the_unit_that_was_given() -> None:
    plan = mclp(street(cost=[12.5, 12.5, 12.5, 0.0]), SitingRules(budget=26))
    assert "Стоимость: 25 млн тенге при бюджете 26 млн тенге." in told(
        plan, "ru", money_unit="млн тенге"
    )


def test_cutoffs_that_differ_from_door_to_door_are_called_the_standard() -> None:
    problem = street()
    by_door = SitingProblem(
        problem.times, problem.residents, problem.sites, np.full(5, 10.0), problem.neighbourhoods
    )
    lines = told(mclp(by_door, SitingRules(new_posts=1)), "ru")
    assert "жили в пределах норматива от поста полиции" in lines


def test_a_town_without_neighbourhoods_or_walks_says_nothing_of_them() -> None:
    sees = sparse.csr_array(np.array([[True], [False]]))
    people = pd.Series([5.0, 9.0], index=["a", "b"])
    town = problem_of_coverage(sees, people, pd.Index(["A"]), covered=np.array([False, False]))
    said = sentences(plan_facts(mclp(town, SitingRules(new_posts=1))), "en")
    assert said["for_whom"] == []
    assert said["limits"][0].startswith("Even with the plan 9 residents are more than 1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inspectors": 0}, "`inspectors` is 0; give a number above 0"),
        ({"inspectors": 3, "residents_per_inspector": -1.0}, "`residents_per_inspector` is -1.0"),
        ({"residents_per_inspector": 2000}, "is given without `inspectors`; give both"),
    ],
)
def test_numbers_of_staff_that_make_no_sense_are_refused(options, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        mclp(street(), SitingRules(new_posts=1)).explain("ru", **options)


def test_a_language_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="language `de`"):
        mclp(street(), SitingRules(new_posts=1)).explain("de")
