"""A run's folder read back: the tables as they were written, or one clear message."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from walkshed.errors import SourceError
from walkshed.reports import read_run


@pytest.fixture
def run(written, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written.folder, tmp_path / "run"))


def test_the_tables_are_those_that_were_written(written) -> None:
    run = read_run(written.folder)
    assert set(run.tables) == {path.stem for path in written.folder.glob("*.parquet")}
    assert run.summary == json.loads((written.folder / "summary.json").read_text("utf-8"))
    assert run.language == "en"
    assert isinstance(run.tables["doors"], gpd.GeoDataFrame)
    assert run.tables["doors"].crs == run.manifest["crs"]
    assert run.tables["posts"].index.name == "post_id"
    assert not isinstance(run.tables["curve"], gpd.GeoDataFrame)
    assert "Test" in repr(run)
    pd.testing.assert_frame_equal(
        run.tables["curve"], pd.read_parquet(written.folder / "curve.parquet")
    )


def test_files_that_the_manifest_does_not_name_are_not_looked_at(run: Path) -> None:
    (run / "report.parquet").write_text("not a table")
    assert "report" not in read_run(run).tables


def test_a_folder_without_a_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no manifest\.json, so this is not the folder of a run"):
        read_run(tmp_path)
    with pytest.raises(SourceError, match="there is no such folder"):
        read_run(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["[]", "{}", '{"outputs": []}'])
def test_any_other_json_is_not_a_manifest(run: Path, text: str) -> None:
    (run / "manifest.json").write_text(text)
    with pytest.raises(SourceError, match="not a manifest of walkshed"):
        read_run(run)


def test_a_broken_manifest_is_told(run: Path) -> None:
    (run / "manifest.json").write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        read_run(run)


def test_all_that_is_wrong_with_the_files_is_told_at_once(run: Path) -> None:
    (run / "curve.parquet").unlink()
    (run / "summary.json").write_text("{}")
    with pytest.raises(SourceError) as caught:
        read_run(run)
    message = str(caught.value)
    assert "2 problems" in message
    assert "curve.parquet is missing" in message
    assert "summary.json is not the file that the run wrote" in message


def test_a_manifest_that_names_no_summary_is_told(run: Path) -> None:
    path = run / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["outputs"]["summary.json"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(SourceError, match=r"names no summary\.json"):
        read_run(run)
