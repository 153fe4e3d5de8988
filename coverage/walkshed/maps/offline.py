"""A Folium map that is one file and asks the network for nothing.

`OfflineMap` is a `folium.Map`, so layers can be added to it as to any other.  Its page is put
together by `OfflineFigure`: Leaflet, read from the installed package XStatic-Leaflet, is
written into the page, and whatever would be fetched when the page opens is refused by name,
unless the map was made with `online=True`.
The same map gives the same bytes, and a content security policy lets only the scripts run
that stood in the page when it was made.
"""

import base64
import hashlib
import html
import importlib.metadata
import json
import mimetypes
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import branca.element as be
import folium

from ..errors import InputError

_LEAFLET = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
_ONLINE_ONLY = (
    "an offline map cannot hold it, for it needs the network or jQuery; leave it out, or make the "
    "map with `online=True`"
)
_ISLAND_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "&<>\u2028\u2029"}


class LiteralElement(be.Element):  # type: ignore[misc, unused-ignore] # branca may be untyped
    """Text that stands in the page as it is: never compiled as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca's own signature)
        """Give the text, untouched."""
        return self._text


class PagePart(be.Element):  # type: ignore[misc, unused-ignore] # branca may be untyped
    """Literal text for a page's head, body and script, after those of the map it is added to."""

    def __init__(
        self, *, head: LiteralElement, body: LiteralElement, script: LiteralElement
    ) -> None:
        super().__init__()
        self._texts = {"header": head, "html": body, "script": script}

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca's own signature)
        """Put the texts into the page."""
        figure = self.get_root()
        for place, text in self._texts.items():
            getattr(figure, place).add_child(text, name="walkshed")
        return ""


def json_island(data: object, element_id: str) -> LiteralElement:
    r"""Hold data for the page's script, so that no text in it can end the element.

    Examples
    --------
    >>> print(json_island({"name": "</script>"}, "data").render())
    <script type="application/json" id="data">{"name":"\u003c/script\u003e"}</script>
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.translate(_ISLAND_ESCAPES)
    return LiteralElement(f'<script type="application/json" id="{element_id}">{text}</script>')


class OfflineFigure(be.Figure):  # type: ignore[misc, unused-ignore] # branca may be untyped
    """A page with all it needs inside; anything it would have to fetch is refused by name.

    With `online` set, the page may fetch what its elements ask for, from where they say.
    """

    language = "en"
    online = False

    def render(self, **kwargs: Any) -> str:
        """Write the whole page.

        Raises
        ------
        InputError
            When an element of the map needs a file that is not part of the page.
        """
        if not self.online:
            _refuse_online(self)
        for child in list(self._children.values()):
            child.render(**kwargs)
        for name, link in list(self.header._children.items()):
            if isinstance(link, be.Link) and (name in _LEAFLET or not self.online):
                self.header._children[name] = LiteralElement(_inlined(name, link))
        head = self.header.render(**kwargs)
        body = self.html.render(**kwargs)
        script = f"<script>\n{self.script.render(**kwargs)}\n</script>"
        policy = _policy(head + body + script, online=self.online)
        return (
            f'<!DOCTYPE html>\n<html lang="{self.language}">\n<head>\n<meta charset="utf-8">\n'
            f"{policy}\n<title>{html.escape(self.title or '')}</title>\n"
            f"{head}\n</head>\n<body>\n{body}\n{script}\n</body>\n</html>\n"
        )


class OfflineMap(folium.Map):  # type: ignore[misc, unused-ignore] # folium may be untyped
    """A Folium map without tiles, jQuery or Bootstrap, saved as one file.

    Layers drawn from data can be added, such as `folium.GeoJson` and `folium.Circle`.  Tile
    layers are refused, and so are plug-ins and pop-ups, which load further scripts.  Folium
    compiles the text of tooltips, pop-ups and properties as a template: give it none that comes
    from a file or a user.

    Parameters
    ----------
    title
        Name of the page; any text.
    language
        The page's language as a code such as `ru`.
    online
        Allow tiles, plug-ins and pop-ups.  The page then fetches their files whenever it is
        opened, and needs the network for it.
    options
        All that `folium.Map` takes.  `tiles` is `None` unless given, and needs `online`.

    Raises
    ------
    InputError
        When `tiles` are given for a map that is not `online`.

    Examples
    --------
    >>> "tile.example.org" in OfflineMap(
    ...     online=True, tiles="https://tile.example.org/{z}/{x}/{y}.png", attr="Example"
    ... ).to_html()
    True
    >>> "https:" in OfflineMap().to_html().split("Content-Security-Policy")[1].split(">")[0]
    False
    """

    default_js = [("leaflet", "XStatic-Leaflet")]  # noqa: RUF012 (folium's own way)
    default_css = [("leaflet_css", "XStatic-Leaflet")]  # noqa: RUF012

    def __init__(
        self, *, title: str = "", language: str = "en", online: bool = False, **options: Any
    ) -> None:
        if options.get("tiles") is not None and not online:
            raise InputError(f"tiles: {_ONLINE_ONLY}")
        super().__init__(**{"tiles": None, **options})
        self._id = "walkshed"  # folium's is random; a page holds one map
        if online:
            self.default_js = _with_own_leaflet(folium.Map.default_js)
            self.default_css = _with_own_leaflet(folium.Map.default_css)
        figure = OfflineFigure(title=title)
        figure.language = language
        figure.online = online
        figure.add_child(self, name="map")

    def to_html(self) -> str:
        """Write the page: the same text each time for the same map."""
        return str(self.get_root().render())


def _elements(element: be.Element) -> Iterator[be.Element]:
    yield element
    for child in element._children.values():
        yield from _elements(child)


def _with_own_leaflet(links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take Leaflet from the installed package also where the other files are fetched."""
    return [(name, "XStatic-Leaflet" if name in _LEAFLET else url) for name, url in links]


def _refuse_online(figure: be.Figure) -> None:
    """Refuse what has no link of its own, and yet would need the network or jQuery."""
    online = (folium.TileLayer, folium.WmsTileLayer, folium.Popup)
    for element in _elements(figure):
        if isinstance(element, online):
            raise InputError(f"{type(element).__name__}: {_ONLINE_ONLY}")


def _inlined(name: str, link: be.Link) -> str:
    if name not in _LEAFLET:
        raise InputError(f"{name} ({link.url}): {_ONLINE_ONLY}")
    return _leaflet_script() if isinstance(link, be.JavascriptLink) else _leaflet_style()


@lru_cache(maxsize=1)
def _leaflet_files() -> dict[str, Path]:
    files = importlib.metadata.files("XStatic-Leaflet") or []
    return {Path(str(file)).name: Path(str(file.locate())) for file in files}


def _data_uri(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


@lru_cache(maxsize=1)
def _leaflet_script() -> str:
    files = _leaflet_files()
    text = files["leaflet.js"].read_text("utf-8")
    text = re.sub(r"//[#@] sourceMappingURL=.*", "", text)
    text = re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE)
    # Leaflet looks for its marker beside its style sheet, which a page of one file has not.
    icons = {
        "iconUrl": _data_uri(files["marker-icon.png"]),
        "iconRetinaUrl": _data_uri(files["marker-icon-2x.png"]),
        "shadowUrl": _data_uri(files["marker-shadow.png"]),
    }
    own = f"L.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({json.dumps(icons)});"
    return f"<script>{text}\n{own}</script>".replace("\r\n", "\n")


@lru_cache(maxsize=1)
def _leaflet_style() -> str:
    files = _leaflet_files()

    def inlined(match: re.Match[str]) -> str:
        url = match.group(2)
        if url.startswith(("data:", "#")):
            return match.group(0)
        return f"url({_data_uri(files[Path(re.split('[?#]', url)[0]).name])})"

    text = re.sub(r"url\((['\"]?)([^)'\"]+)\1\)", inlined, files["leaflet.css"].read_text("utf-8"))
    return "<style>" + text.replace("</", "<\\/") + "</style>"


def _policy(page: str, *, online: bool) -> str:
    """Allow this page's own scripts by their hashes; from elsewhere, what an online map links."""
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = sorted({hashlib.sha256(script.encode()).digest() for script in scripts})
    allowed = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes]
    if online:
        allowed += sorted(set(re.findall(r'<script src="(https:[^"\s;,]+)"', page)))
    anywhere = " https:" if online else ""
    policy = (
        f"default-src 'none'; script-src {' '.join(allowed)}; "
        f"style-src 'unsafe-inline'{anywhere}; img-src data: blob:{anywhere}; "
        f"{'font-src data: https:; connect-src https:; ' if online else ''}"
        "base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
