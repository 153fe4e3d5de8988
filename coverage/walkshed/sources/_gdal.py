"""Give GDAL a file by its name and nothing else."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MORE_THAN_A_NAME = re.compile(r"[!\t\r\n]")
"""pyogrio takes what is before `!` for an archive, and drops tabs and line breaks."""


def for_gdal(path: Path) -> Path | str:
    """Name a file so that pyogrio opens it, whatever signs are in its name.

    Examples
    --------
    >>> for_gdal(Path("data/posts #1.gpkg")).name, for_gdal(Path("/Urgent!/posts.gpkg"))
    ('posts #1.gpkg', '/vsisubfile/0,/Urgent!/posts.gpkg')
    """
    if not _MORE_THAN_A_NAME.search(str(path)):
        return path
    return f"/vsisubfile/0,{path.resolve().as_posix()}"


@contextmanager
def to_be_written(path: Path) -> Iterator[Path]:
    """Lend a name under which GDAL can write a new file; it is moved to `path` at the end."""
    if not _MORE_THAN_A_NAME.search(str(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        aside = Path(folder) / "aside.gpkg"
        yield aside
        shutil.move(aside, path)
