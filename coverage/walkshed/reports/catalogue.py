"""Titles, units and meanings of the columns of a run's tables, in each language."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..language import translate

Form = Literal["text", "count", "staff", "share", "minutes", "metres", "number"]
"""How a value is written; `staff` is whole where it is whole, else with one decimal."""


@dataclass(frozen=True)
class Column:
    """Title, unit and meaning of a column in one language; `note` is empty where there is none."""

    title: str
    form: Form
    note: str = ""


@lru_cache(maxsize=3)
def columns_in(language: str) -> dict[str, Column]:
    """Give every column that has one name in all tables; those of bands: `column_of`."""
    return {
        **_people(language),
        **_walks(language),
        **_plans(language),
        **_posts(language),
        **_origins(language),
        **_standard(language),
        **_staff(language),
        **_hours(language),
        **_walkers(language),
        **_regions(language),
        **_doors(language),
        **_places(language),
        **_registry(language),
    }


def _people(language: str) -> dict[str, Column]:
    return {
        "residents": Column(
            translate("Residents", language),
            "count",
            translate("People who live there; a fraction of a person is kept.", language),
        ),
        "residents_beyond": Column(
            translate("Residents beyond the limit", language),
            "count",
            translate("Residents whose walk is longer than the planning limit.", language),
        ),
        "share_beyond": Column(
            translate("Share beyond the limit", language),
            "share",
            translate("Of the residents of the same row.", language),
        ),
        "residents_not_reached": Column(
            translate("Residents who reach no post", language),
            "count",
            translate("No way on foot leads from their door to any post.", language),
        ),
        "not_reached_too_far": Column(translate("of them: far from any street", language), "count"),
        "not_reached_behind_barrier": Column(
            translate("of them: behind a barrier", language), "count"
        ),
        "not_reached_street_closed": Column(translate("of them: street closed", language), "count"),
        "not_reached_no_way": Column(translate("of them: no way on foot", language), "count"),
        "residents_children": Column(translate("Children", language), "count"),
        "residents_65_plus": Column(translate("Residents of 65 and older", language), "count"),
        "doors": Column(
            translate("Doors", language),
            "count",
            translate("Buildings that may be lived in; walks are measured from each.", language),
        ),
        "doors_beyond": Column(translate("Doors beyond the limit", language), "count"),
        "buildings_without_residents": Column(
            translate("Buildings without residents", language), "count"
        ),
        "floor_area_m2": Column(translate("Floor area, m²", language), "count"),
    }


def _walks(language: str) -> dict[str, Column]:
    return {
        "median_min": Column(
            translate("Half walk at most, min", language),
            "minutes",
            translate("Half of the residents who reach a post walk no longer.", language),
        ),
        "p90_min": Column(
            translate("Nine in ten walk at most, min", language),
            "minutes",
            translate("Nine in ten of the residents who reach a post walk no longer.", language),
        ),
        "max_min": Column(
            translate("Longest walk, min", language),
            "minutes",
            translate("Of the residents who reach a post.", language),
        ),
        "longest_min": Column(
            translate("Longest walk, min", language),
            "minutes",
            translate(
                "Of those beyond the limit; «not reached» where a door reaches no post.", language
            ),
        ),
        "mean_min": Column(translate("Mean walk, min", language), "minutes"),
        "worst_tenth_min": Column(
            translate("Tenth who walk longest, mean, min", language),
            "minutes",
            translate("Mean of the tenth of residents who walk longest.", language),
        ),
        "gini": Column(
            translate("Gini index of minutes", language),
            "number",
            translate("0 where all walk alike; of the residents who reach a post.", language),
        ),
        "palma": Column(
            translate("Palma ratio of minutes", language),
            "number",
            translate(
                "Minutes of the tenth who walk longest by those of the four tenths who walk "
                "least; 1/4 where all walk alike.",
                language,
            ),
        ),
        "median_second_nearest_min": Column(
            translate("Half walk to the second post at most, min", language), "minutes"
        ),
        "residents_no_second_post": Column(
            translate("Residents without a second post", language), "count"
        ),
        "median_detour_index": Column(
            translate("Detour index, median", language),
            "number",
            translate("Walk by the straight line, of residents.", language),
        ),
        "streets": Column(
            translate("Streets", language),
            "text",
            translate("Those with the most residents beyond walking distance first.", language),
        ),
    }


def _plans(language: str) -> dict[str, Column]:
    return {
        "rank": Column(translate("No.", language), "count"),
        "new_posts": Column(translate("New posts", language), "count"),
        "site_id": Column(translate("Site", language), "text"),
        "residents_added": Column(
            translate("Residents added", language),
            "count",
            translate("Residents who come within the planning limit by this post.", language),
        ),
        "residents_within": Column(
            translate("Residents within the limit", language),
            "count",
            translate("Of the planning limit, with this post and those before it.", language),
        ),
        "share_within": Column(
            translate("Share within the limit", language),
            "share",
            translate("Of the planning limit, with this post and those before it.", language),
        ),
        "gain": Column(
            translate("Gain of one more post", language),
            "count",
            translate("Residents more than the best choice with one post fewer.", language),
        ),
        "bound": Column(
            translate("No choice exceeds", language),
            "count",
            translate("Proven upper bound of residents within the limit.", language),
        ),
        "gap": Column(
            translate("Gap to the bound", language),
            "share",
            translate("How much better another choice could be at most.", language),
        ),
        "near": Column(translate("Near", language), "text"),
        "why": Column(translate("Why here", language), "text"),
        "owner": Column(translate("Owner of the premises", language), "text"),
        "cost": Column(translate("Cost", language), "number"),
    }


def _posts(language: str) -> dict[str, Column]:
    return {
        "post_id": Column(translate("Id", language), "text"),
        "name": Column(translate("Name", language), "text"),
        "name_ru": Column(translate("Name in Russian", language), "text"),
        "name_kk": Column(translate("Name in Kazakh", language), "text"),
        "name_en": Column(translate("Name in English", language), "text"),
        "kind": Column(translate("Kind of post", language), "text"),
        "number": Column(translate("Number", language), "text"),
        "status": Column(translate("Status", language), "text"),
        "address": Column(translate("Address", language), "text"),
        "landmark": Column(translate("Landmark", language), "text"),
        "opening_hours": Column(translate("Opening hours", language), "text"),
        "inspectors": Column(translate("Inspectors in post", language), "staff"),
        "inspectors_needed": Column(
            translate("Inspectors due by the norm", language),
            "staff",
            translate("Residents by the norm; a fraction is kept.", language),
        ),
        "inspectors_missing": Column(translate("Inspectors missing", language), "staff"),
        "residents_per_inspector": Column(translate("Residents per inspector", language), "count"),
        "inspectors_establishment": Column(
            translate("Inspectors on establishment", language), "count"
        ),
        "location_precision": Column(
            translate("Precision of the place", language),
            "text",
            translate("How the coordinates were found.", language),
        ),
        "precision_m": Column(
            translate("Within, m", language),
            "metres",
            translate("The true place may be so far from the one on the map.", language),
        ),
        "access_m": Column(
            translate("To the street, m", language),
            "metres",
            translate("Straight way to the street where walks begin or end.", language),
        ),
        "scenario": Column(translate("Scenario", language), "text"),
    }


def _origins(language: str) -> dict[str, Column]:
    return {
        "origin": Column(translate("Origin", language), "text"),
        "use": Column(translate("Use", language), "text"),
        "building": Column(translate("Building", language), "text"),
        "levels_from": Column(translate("Storeys from", language), "text"),
        "source_url": Column(translate("Source", language), "text"),
        "source_date": Column(translate("Date of source", language), "text"),
    }


def _standard(language: str) -> dict[str, Column]:
    return {
        "level": Column(translate("Level", language), "text"),
        "zone": Column(translate("Code of the zone", language), "text"),
        "target_share": Column(
            translate("Share the standard asks for", language),
            "share",
            translate("Residents who should be within the planning limit.", language),
        ),
        "complies": Column(
            translate("Complies", language),
            "text",
            translate("Today, without the posts of the plan.", language),
        ),
        "residents_missing": Column(
            translate("Residents short of the standard", language),
            "count",
            translate("How many more must come within the limit.", language),
        ),
        "residents_out_of_reach": Column(
            translate("Residents whom no site reaches", language),
            "count",
            translate("No candidate site studied lies within the limit of them.", language),
        ),
        "posts_missing": Column(
            translate("Posts short of the standard", language),
            "count",
            translate(
                "So many new posts at the sites studied suffice; empty where no number does.",
                language,
            ),
        ),
        "posts_missing_at_least": Column(
            translate("Posts short, at least", language),
            "count",
            translate("Proven: fewer do not suffice.", language),
        ),
    }


def _staff(language: str) -> dict[str, Column]:
    return {
        "state": Column(translate("State of the post", language), "text"),
        "inspectors_from": Column(
            translate("Inspectors known from", language),
            "text",
            translate(
                "The average of the region, spread evenly over posts, is no figure of this post.",
                language,
            ),
        ),
        "inspectors_vacant": Column(translate("Vacant posts of inspectors", language), "staff"),
        "norm_ratio": Column(
            translate("Load by the norm", language),
            "number",
            translate("Above 1 where it is more than the norm.", language),
        ),
        "item": Column(translate("Equipment", language), "text"),
        "posts": Column(translate("Police posts", language), "count"),
        "posts_with": Column(translate("Posts that have it", language), "count"),
        "posts_without": Column(translate("Posts that lack it", language), "count"),
        "posts_unknown": Column(translate("Posts of which nobody says", language), "count"),
        "share_with": Column(
            translate("Share that has it", language),
            "share",
            translate("Of the posts of which it is known.", language),
        ),
        "group": Column(translate("Group", language), "text"),
        "home_known": Column(translate("Inspectors whose home is known", language), "count"),
        "living_elsewhere": Column(
            translate("Live outside their precinct", language),
            "count",
            translate("Small counts are not told, so that nobody can be recognised.", language),
        ),
        "share_elsewhere": Column(
            translate("Share outside their precinct", language),
            "share",
            translate("Of the inspectors whose home is known.", language),
        ),
    }


def _hours(language: str) -> dict[str, Column]:
    return {
        "weekday": Column(translate("Weekday", language), "text"),
        "hour": Column(
            translate("Hour from", language),
            "count",
            translate("The hour that begins then.", language),
        ),
        "posts_open": Column(translate("Posts open", language), "count"),
        "posts_closed": Column(translate("Posts closed", language), "count"),
    }


def _walkers(language: str) -> dict[str, Column]:
    return {
        "profile": Column(translate("Walker", language), "text"),
        "speed_kmh": Column(
            translate("Speed, km/h", language), "number", translate("On the level.", language)
        ),
        "band": Column(translate("Limit", language), "text"),
        "varied": Column(
            translate("Varied", language),
            "text",
            translate("What was drawn at random; the rest as in the study.", language),
        ),
        "share_median": Column(translate("Median of the draws", language), "share"),
        "share_low": Column(
            translate("Lower bound", language),
            "share",
            translate("Nine of ten draws lie between the bounds.", language),
        ),
        "share_high": Column(
            translate("Upper bound", language),
            "share",
            translate("Nine of ten draws lie between the bounds.", language),
        ),
        "draws": Column(translate("Draws", language), "count"),
    }


def _regions(language: str) -> dict[str, Column]:
    return {
        "place": Column(translate("Place", language), "text"),
        "period": Column(translate("Period", language), "text"),
        "planned": Column(translate("Planned by the figures", language), "count"),
        "built": Column(translate("Built by the figures", language), "count"),
        "existing_in_registry": Column(translate("Existing in the registry", language), "count"),
        "planned_in_registry": Column(translate("Planned in the registry", language), "count"),
        "posts_existing": Column(translate("Existing in the registry", language), "count"),
        "posts_planned": Column(translate("Planned in the registry", language), "count"),
        "inspectors_in_post": Column(translate("Inspectors in post", language), "count"),
        "inspectors_living_elsewhere": Column(
            translate("Live outside their precinct", language), "count"
        ),
        "vacant_share": Column(translate("Vacant, of the establishment", language), "share"),
        "inspectors_by_norm": Column(
            translate("Inspectors due by the norm", language),
            "staff",
            translate("Residents by the norm; a fraction is kept.", language),
        ),
    }


def _doors(language: str) -> dict[str, Column]:
    return {
        "door_id": Column(translate("Door", language), "text"),
        "hexagon_id": Column(translate("Hexagon (H3)", language), "text"),
        "neighbourhood_id": Column(translate("Code of the neighbourhood", language), "text"),
        "zone_id": Column(translate("Code of the neighbourhood", language), "text"),
        "district_id": Column(translate("Code of the city district", language), "text"),
        "city": Column(translate("City", language), "text"),
        "levels": Column(translate("Storeys", language), "number"),
        "levels_known": Column(translate("Storeys known", language), "text"),
        "snap_status": Column(translate("Joined to the street", language), "text"),
        "nearest_post": Column(translate("Nearest post", language), "text"),
        "nearest_min": Column(translate("Walk to the nearest post, min", language), "minutes"),
        "nearest_m": Column(translate("Walk to the nearest post, m", language), "metres"),
        "limit_m": Column(translate("Limit of this house, m", language), "metres"),
        "not_reached_reason": Column(translate("Why no post is reached", language), "text"),
        "within_standard": Column(translate("Within the standard", language), "text"),
        "posts_within": Column(translate("Posts within the limit", language), "count"),
        "second_nearest_post": Column(translate("Second nearest post", language), "text"),
        "second_nearest_min": Column(
            translate("Walk to the second post, min", language), "minutes"
        ),
        "detour_index": Column(
            translate("Detour index", language),
            "number",
            translate("Walk by the straight line.", language),
        ),
        "minutes_before": Column(translate("Walk before, min", language), "minutes"),
        "minutes_after": Column(translate("Walk after, min", language), "minutes"),
        "minutes_saved": Column(translate("Walk shorter by, min", language), "minutes"),
        "change": Column(translate("Change", language), "text"),
        "post_before": Column(translate("Post before", language), "text"),
        "post_after": Column(translate("Post after", language), "text"),
    }


def _places(language: str) -> dict[str, Column]:
    return {
        "listed_id": Column(translate("Number in the user's list", language), "text"),
        "crosses": Column(translate("Crosses", language), "text"),
        "road_class": Column(translate("Class of the street", language), "text"),
        "exclude_reason": Column(translate("Excluded because", language), "text"),
        "post_kind": Column(translate("Kind of post", language), "text"),
        "site_ids": Column(translate("Sites", language), "text"),
        "layer": Column(translate("Layer", language), "text"),
        "minutes": Column(translate("Within, min", language), "count"),
        "metres": Column(translate("Within, m", language), "metres"),
        "from_minutes": Column(translate("From, min", language), "count"),
        "from_metres": Column(translate("From, m", language), "metres"),
        "repaired": Column(translate("Border mended", language), "text"),
        "year": Column(translate("Year", language), "text"),
        "objective": Column(
            translate("Worth of the stage", language),
            "count",
            translate(
                "As the model measures it: residents within the limit unless another is chosen.",
                language,
            ),
        ),
        "free_objective": Column(
            translate("Worth of a plan free of earlier stages", language), "count"
        ),
        "free_site_ids": Column(
            translate("Sites of a plan free of earlier stages", language), "text"
        ),
        "free_bound": Column(translate("No choice exceeds", language), "count"),
        "free_status": Column(translate("Status", language), "text"),
        "regret": Column(translate("Behind a free plan", language), "count"),
    }


def _registry(language: str) -> dict[str, Column]:
    return {
        "location_source": Column(translate("How the place was found", language), "text"),
        "location_text": Column(translate("Place in words", language), "text"),
        "description_precision": Column(translate("Precision of the words", language), "text"),
        "verified_by": Column(translate("Verified by", language), "text"),
        "opened": Column(translate("Opened", language), "text"),
        "closed": Column(translate("Closed in", language), "text"),
        "planned_for": Column(translate("Planned for", language), "text"),
        "has_cameras": Column(translate("Cameras", language), "text"),
        "has_computers": Column(translate("Computers", language), "text"),
        "settlement": Column(translate("Settlement", language), "text"),
        "precinct": Column(translate("Precinct", language), "text"),
        "notes": Column(translate("Notes", language), "text"),
        "given": Column(translate("Place as given", language), "text"),
        "osm_id": Column(translate("Object of OpenStreetMap", language), "text"),
        "matched": Column(translate("Matched with", language), "text"),
        "how": Column(translate("Matched by", language), "text"),
        "score": Column(
            translate("Certainty of the match", language),
            "number",
            translate("Our own order from 0 to 1, no probability.", language),
        ),
        "alternatives": Column(translate("Other matches", language), "text"),
        "reason": Column(translate("Why not located", language), "text"),
        "conflict": Column(translate("Contradiction", language), "text"),
        "osm_post_id": Column(translate("Id in OpenStreetMap", language), "text"),
        "registry_says": Column(translate("The registry says", language), "text"),
        "osm_says": Column(translate("OpenStreetMap says", language), "text"),
        "distance_m": Column(translate("Apart, m", language), "metres"),
        "kept_post_id": Column(translate("Post kept", language), "text"),
    }
