"""Settings of a study: defaults, paths, what is refused; a wrong file never gives a traceback."""

import tomllib
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from walkshed.errors import SettingsError
from walkshed.settings import StudySettings, read_settings, settings_from

DATA = Path(__file__).parents[1] / "data"
SMALLEST = {"city": "Test", "source": {"file": "town.osm"}}


def test_a_city_and_a_source_are_enough() -> None:
    study = settings_from(SMALLEST, "study.toml")
    assert (study.siting.model, study.candidates.spacing_m) == ("mclp", 400)
    assert study.siting.new_posts is None
    assert (study.walk.profile, study.walk.snap_max_m, study.walk.island_max_m) == (
        "adult", 250, 500,
    )  # fmt: skip
    assert study.standard.name == "minutes_5_10_15"
    assert study.standard.planning_cutoff_min is None
    assert study.residents.total is None
    assert study.posts.registry is None
    assert study.posts.osm
    assert study.zones.hexagon_resolution == 9
    assert study.seed == 0


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "cities" / "test"
    folder.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere.osm"
    (folder / "study.toml").write_text(
        f'city = "Test"\n[source]\nfile = "a.osm"\nsnapshot = "../b.osm"\n'
        f'schematic = "{elsewhere}"\n[posts]\nregistry = "sub/posts.csv"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    study = read_settings(Path("cities/test/study.toml"))
    assert study.source.file.resolve() == folder / "a.osm"
    assert study.source.snapshot.resolve() == folder.parent / "b.osm"
    assert study.source.schematic == elsewhere
    assert study.posts.registry.resolve() == folder / "sub" / "posts.csv"


def test_a_place_is_no_path(tmp_path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('city = "T"\n[source]\nplace = "Taraz, Kazakhstan"\n', encoding="utf-8")
    assert read_settings(path).source.place == "Taraz, Kazakhstan"


def test_settings_cannot_be_changed() -> None:
    study = settings_from(SMALLEST, "study.toml")
    with pytest.raises(ValidationError):
        study.city = "Other"
    with pytest.raises(ValidationError):
        study.siting.new_posts = 9


def test_the_mapping_given_is_left_as_it_is() -> None:
    values = {"city": "Test", "source": {"file": "town.osm"}, "siting": {"new_posts": 2}}
    settings_from(values, "study.toml")
    assert values == {
        "city": "Test", "source": {"file": "town.osm"}, "siting": {"new_posts": 2},
    }  # fmt: skip


def test_two_readings_of_a_file_are_equal() -> None:
    path = DATA / "taraz" / "study.toml"
    assert read_settings(path) == read_settings(path)


def test_settings_survive_being_written_and_read() -> None:
    study = read_settings(DATA / "taraz" / "study.toml")
    again = settings_from(study.model_dump(mode="json"), "a manifest")
    assert again.model_copy(update={"name": study.name}) == study


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_a_title_not_given_is_the_city(language) -> None:
    study = settings_from({**SMALLEST, "title": {"ru": "Заголовок"}}, "study.toml")
    assert study.title_in(language) == ("Заголовок" if language == "ru" else "Test")


@pytest.mark.parametrize("city", ["monaco", "taraz"])
def test_the_bundled_studies_are_read_whole(city) -> None:
    path = DATA / city / "study.toml"
    study = read_settings(path)
    values = tomllib.loads(path.read_text("utf-8"))
    for name, table in values.items():
        if isinstance(table, dict) and name != "title":
            section = getattr(study, name)
            read = section if isinstance(section, dict) else section.model_fields_set
            assert set(table) == set(read)
    sources = (study.source.file, study.source.schematic, study.posts.registry)
    assert all(file.is_file() for file in sources if file is not None)


def test_the_taraz_study_is_the_one_of_2022() -> None:
    study = read_settings(DATA / "taraz" / "study.toml")
    assert study.siting.new_posts == 6
    assert study.residents.total == 422_800
    assert study.residents.date == "2023-01-01"
    assert study.source.snapshot is not None
    assert study.source.place == "Taraz, Kazakhstan"
    assert study.source.live_timeout_s >= 180, "a city takes Overpass minutes"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("walk", "snap_max_m"),
        ("walk", "island_max_m"),
        ("residents", "total"),
        ("candidates", "spacing_m"),
        ("siting", "time_limit_s"),
        ("source", "live_timeout_s"),
    ],
)
def test_numbers_that_are_none_are_refused(table, key, value) -> None:
    source = {"file": "town.osm"}
    values = {**SMALLEST, table: {**(source if table == "source" else {}), key: value}}
    with pytest.raises(SettingsError, match=rf"study\.toml: `{table}\.{key}`"):
        settings_from(values, "study.toml")


def test_a_key_of_our_own_is_unknown_in_a_file(tmp_path) -> None:
    """`name` is what messages call the file; in the file itself it would be lost unheard."""
    path = tmp_path / "study.toml"
    path.write_text('city = "T"\nname = "Taraz"\n[source]\nfile = "a.osm"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="unknown key `name`"):
        read_settings(path)


def test_a_file_saved_by_notepad_is_read(tmp_path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(b"\xef\xbb\xbf" + 'city = "Тараз"\r\n[source]\r\nfile = "a.osm"\r\n'.encode())
    assert read_settings(path).city == "Тараз"


# -- whatever is in the file -----------------------------------------------------------------------

TABLES = {
    name: sorted(field.annotation.model_fields)
    for name, field in StudySettings.model_fields.items()
    if hasattr(field.annotation, "model_fields")
}
KEYS = sorted({*StudySettings.model_fields, *(key for keys in TABLES.values() for key in keys)})

scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
)
names = st.one_of(st.sampled_from(KEYS), st.text(max_size=8))
nested = st.lists(scalars, max_size=3) | st.dictionaries(names, scalars, max_size=3)
anything = scalars | nested | st.lists(nested, max_size=2)
tables = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(StudySettings.model_fields, anything),
        **{
            name: anything | st.fixed_dictionaries({}, optional=dict.fromkeys(keys, anything))
            for name, keys in TABLES.items()
        },
    },
)


def read_or_refuse(values: dict) -> StudySettings | None:
    """Settings, or None when they were refused in words that begin with the name of the file."""
    try:
        return settings_from(values, "study.toml")
    except SettingsError as error:
        message = str(error)
        assert message.startswith("study.toml: ")
        assert "pydantic" not in message
        return None


@settings(deadline=None)
@given(values=st.dictionaries(names, anything, max_size=6))
def test_any_mapping_is_read_or_refused_in_words(values) -> None:
    study = read_or_refuse(values)
    assert study is None or study.city == values["city"]


@settings(deadline=None)
@given(values=tables)
def test_known_keys_with_any_values_are_read_or_refused_in_words(values) -> None:
    study = read_or_refuse({**SMALLEST, **values})
    if study is not None:
        assert study.candidates.spacing_m > 0
        assert study.siting.closed_posts >= 0
        assert study.walk.snap_max_m > 0
        assert study.residents.total is None or study.residents.total > 0


@settings(deadline=None)
@given(key=st.text(min_size=1).filter(lambda key: key not in StudySettings.model_fields))
def test_every_unknown_key_is_named(key) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({**SMALLEST, key: 1}, "study.toml")
    assert f"`{key}`" in str(caught.value)


@settings(deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(data, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}: ")
