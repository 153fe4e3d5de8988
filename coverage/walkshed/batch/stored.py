"""What a step of a study made, in one file: a zip archive of arrays and one JSON text.

Nothing is pickled: classes are named, and only those of a list are made again. A table comes back
equal to the last bit, with its index, its types and what is missing in it. The archive holds the
hash of its contents, so that a file that is not whole is never taken for one.
"""

import hashlib
import io
import json
import math
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from ..given_files import json_of, stored_entry

Array = npt.NDArray[Any]
Kinds = Mapping[str, type]

PLAIN = (bool, int, float, str, type(None))
"""What JSON holds as it is; not a number and infinity are written as Python reads them."""

DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError),
    *(RuntimeError, TokenError, struct.error, zipfile.BadZipFile, shapely.errors.ShapelyError),
)
"""What is raised on a file that is not whole, or not ours."""


def write_value(value: object, path: Path) -> None:
    """Write a value to a new file.

    Parameters
    ----------
    value
        Numbers, texts, arrays, shapes, tables, sparse matrices; tuples, lists, mappings and
        dataclasses of these.

    Raises
    ------
    TypeError
        It holds something else.
    """
    arrays: list[Array] = []
    text = json.dumps(_written(value, arrays)).encode()
    parts = {"value.json": text, **{f"{i}.npy": _npy(array) for i, array in enumerate(arrays)}}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {**parts, "sha256": _sha256(parts)}.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def read_value(path: Path, kinds: Kinds) -> Any:
    """Read a value; `kinds` are the dataclasses that may be in it, by name.

    Raises
    ------
    ValueError, LookupError, OSError ...
        One of `DAMAGE`: the file is missing, is not whole, or names another class.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise ValueError(f"{path}: an entry twice")
        parts = {name: stored_entry(archive, name) for name in names}
    if parts.pop("sha256") != _sha256(parts):
        raise ValueError(f"{path}: its hash is wrong")
    text = parts.pop("value.json")
    arrays = [_of_npy(data) for data in parts.values()]
    return _read(json_of(text), arrays, kinds)


def _npy(array: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _of_npy(data: bytes) -> Array:
    """Read an array that is as large as its data: NumPy makes room for what the header says."""
    file = io.BytesIO(data)
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError("an array is not of the size it says")
    file.seek(0)
    array: Array = np.load(file, allow_pickle=False)
    return array


def _sha256(parts: Mapping[str, bytes]) -> bytes:
    digest = hashlib.sha256()
    for name, data in parts.items():
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest().encode()


# --- writing -------------------------------------------------------------------------------------


def _written(value: Any, arrays: list[Array]) -> Any:
    """JSON of a value; its arrays are added to `arrays` and named by their place there."""
    if type(value) in PLAIN:
        return value
    for kind, write in WRITERS.items():
        if isinstance(value, kind):
            return {"is": kind.__name__, "of": write(value, arrays)}
    if is_dataclass(value):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"is": type(value).__name__, "of": _of_items(own, arrays)}
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _added(array: Array, arrays: list[Array]) -> int:
    arrays.append(array)
    return len(arrays) - 1


def _of_array(array: Array, arrays: list[Array]) -> Any:
    """Numbers as they are, shapes as WKB, other objects each once, with a number for each place."""
    if array.dtype != object:
        return {"array": _added(array, arrays)}
    items = array.ravel().tolist()
    told: dict[str, Any] = {"shape": list(array.shape)}
    if any(isinstance(item, shapely.Geometry) for item in items):
        wkb = [data or b"" for data in shapely.to_wkb(array.ravel())]
        ends = np.cumsum([len(data) for data in wkb], dtype=np.int64)
        joined = np.frombuffer(b"".join(wkb), np.uint8)
        return {**told, "wkb": _added(joined, arrays), "ends": _added(ends, arrays)}
    number: dict[Any, int] = {}
    codes = [number.setdefault((type(item), repr(item)), len(number)) for item in items]
    words = dict(zip(reversed(codes), reversed(items), strict=True))
    each = [_written(words[code], arrays) for code in range(len(words))]
    return {**told, "words": each, "codes": _added(np.array(codes, dtype=np.int32), arrays)}


def _of_column(values: Any, arrays: list[Array]) -> Any:
    """Values of a column or an index: its type and an array, of objects where numpy has none."""
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes, words = np.asarray(values.codes), values.categories
        return {"dtype": "category", "codes": _added(codes, arrays)} | {
            "words": _written(words, arrays),
            "ordered": bool(values.ordered),
        }
    if isinstance(dtype, np.dtype):
        return {"dtype": str(dtype), "array": _of_array(np.asarray(values), arrays)}
    objects = np.array(values, dtype=object)
    if str(dtype) == "geometry":
        crs = None if values.crs is None else values.crs.to_string()
        return {"dtype": "geometry", "array": _of_array(objects, arrays), "crs": crs}
    objects[pd.isna(values)] = None
    return {"dtype": str(dtype), "array": _of_array(objects, arrays)}


def _of_table(table: pd.DataFrame, arrays: list[Array]) -> Any:
    columns = [_of_column(table.iloc[:, i].array, arrays) for i in range(table.shape[1])]
    return {
        "names": _written(table.columns, arrays),
        "index": _written(table.index, arrays),
        "columns": columns,
        "geometry": table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None,
    }


def _of_index(index: pd.Index, arrays: list[Array]) -> Any:
    name = _written(index.name, arrays)
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "name": name}
    if isinstance(index, pd.MultiIndex):
        codes = [_added(np.asarray(code), arrays) for code in index.codes]
        levels = [_written(level, arrays) for level in index.levels]
        return {"levels": levels, "codes": codes, "names": _of_list(list(index.names), arrays)}
    return {"column": _of_column(index.array, arrays), "name": name}


def _of_items(values: Mapping[Any, Any], arrays: list[Array]) -> Any:
    return [[_written(key, arrays), _written(item, arrays)] for key, item in values.items()]


def _of_list(values: tuple[Any, ...] | list[Any], arrays: list[Array]) -> Any:
    return [_written(item, arrays) for item in values]


def _of_sparse(matrix: sparse.csc_array, arrays: list[Array]) -> Any:
    parts = [_added(part, arrays) for part in (matrix.data, matrix.indices, matrix.indptr)]
    return {"parts": parts, "shape": list(matrix.shape)}


WRITERS: Mapping[type, Callable[[Any, list[Array]], Any]] = {
    np.generic: lambda value, arrays: _added(np.asarray(value), arrays),
    np.ndarray: _of_array,
    pd.Categorical: _of_column,
    pd.DataFrame: _of_table,
    pd.Index: _of_index,
    sparse.csc_array: _of_sparse,
    shapely.Geometry: lambda shape, arrays: _of_array(np.array([shape], dtype=object), arrays),
    tuple: _of_list,
    list: _of_list,
    Mapping: _of_items,
}


# --- reading -------------------------------------------------------------------------------------


def _read(told: Any, arrays: list[Array], kinds: Kinds) -> Any:
    if not isinstance(told, dict):
        return told
    kind, of = told["is"], told["of"]
    if kind in READERS:
        return READERS[kind](of, arrays, kinds)
    return kinds[kind](**_items(of, arrays, kinds))


def _array(of: Any, arrays: list[Array], kinds: Kinds) -> Array:
    if "array" in of:
        plain: Array = arrays[of["array"]]
        return plain
    if "wkb" in of:
        data, ends = arrays[of["wkb"]].tobytes(), arrays[of["ends"]].tolist()
        wkb = [data[i:j] or None for i, j in zip([0, *ends], ends, strict=False)]
        items = shapely.from_wkb(np.array(wkb, dtype=object))
    else:
        words = np.empty(len(of["words"]), dtype=object)
        words[:] = [
            _read(word, arrays, kinds) if isinstance(word, dict) else word for word in of["words"]
        ]
        items = words[arrays[of["codes"]]]
    found: Array = np.asarray(items, dtype=object).reshape(of["shape"])
    return found


def _column(of: Any, arrays: list[Array], kinds: Kinds) -> Any:
    if of["dtype"] == "category":
        words = _read(of["words"], arrays, kinds)
        return pd.Categorical.from_codes(
            arrays[of["codes"]], categories=words, ordered=of["ordered"]
        )
    values = _array(of["array"], arrays, kinds)
    if of["dtype"] == "geometry":
        return gpd.array.GeometryArray(values, crs=of["crs"])
    return values if values.dtype == of["dtype"] else pd.array(values, dtype=of["dtype"])


def _table(of: Any, arrays: list[Array], kinds: Kinds) -> pd.DataFrame:
    index = _read(of["index"], arrays, kinds)
    columns = [_column(column, arrays, kinds) for column in of["columns"]]
    each = {
        i: pd.Series(values, index=index, dtype=values.dtype) for i, values in enumerate(columns)
    }
    table = pd.DataFrame(each, index=index)
    table.columns = _read(of["names"], arrays, kinds)
    return table if of["geometry"] is None else gpd.GeoDataFrame(table, geometry=of["geometry"])


def _index(of: Any, arrays: list[Array], kinds: Kinds) -> pd.Index:
    if "levels" in of:
        levels, names = (
            [_read(item, arrays, kinds) for item in of[key]] for key in ("levels", "names")
        )
        return pd.MultiIndex(levels, [arrays[code] for code in of["codes"]], names=names)
    name = _read(of["name"], arrays, kinds)
    if "range" in of:
        start, stop, step = of["range"]
        return pd.RangeIndex(start, stop, step, name=name)
    values = _column(of["column"], arrays, kinds)
    index: pd.Index = pd.Index(values, dtype=values.dtype, name=name)
    return index


def _items(of: Any, arrays: list[Array], kinds: Kinds) -> dict[Any, Any]:
    return {_read(key, arrays, kinds): _read(item, arrays, kinds) for key, item in of}


def _sparse(of: Any, arrays: list[Array], _: Kinds) -> sparse.csc_array:
    data, indices, indptr = (arrays[i] for i in of["parts"])
    return sparse.csc_array((data, indices, indptr), shape=tuple(of["shape"]))


READERS: Mapping[str, Callable[[Any, list[Array], Kinds], Any]] = {
    "generic": lambda of, arrays, _: arrays[of][()],
    "ndarray": _array,
    "Categorical": _column,
    "DataFrame": _table,
    "Index": _index,
    "csc_array": _sparse,
    "Geometry": lambda of, arrays, kinds: _array(of, arrays, kinds)[0],
    "tuple": lambda of, arrays, kinds: tuple(_read(item, arrays, kinds) for item in of),
    "list": lambda of, arrays, kinds: [_read(item, arrays, kinds) for item in of],
    "Mapping": _items,
}
