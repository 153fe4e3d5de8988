"""Write OpenStreetMap files with pyosmium."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def osm_writer(path: Path, *, generator: str = "", osm_base: str = "") -> Iterator[Any]:
    """Open a new `.osm.pbf` with versions and times of objects, but no names of mappers.

    Objects must be added in the order nodes, ways, relations. What `osm_base` says goes into the
    header, as the time up to which the file holds all edits. A RuntimeError tells that writing
    failed, such as on a full disk.
    """
    import osmium

    header = osmium.io.Header()
    for key, value in {
        "generator": generator,
        "osmosis_replication_timestamp": osm_base,
    }.items():
        if value:
            header.set(key, value)
    form = osmium.io.File(str(path), "pbf,add_metadata=version+timestamp")
    writer = osmium.SimpleWriter(form, header=header, overwrite=True)
    # One that failed ends the whole program when it is destroyed: it is let go only if it closed.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))
    try:
        yield writer
    finally:
        writer.close()
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(writer))
