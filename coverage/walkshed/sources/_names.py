"""Names of streets, places and houses, reduced to what tells them apart.

One street is «улица Абая», «Абай көшесі», "Abay Street" and «ул. Абая» to different writers. Here
letters become a common Latin skeleton (Қарасу = Карасу = Karasu), words of kind (street,
microdistrict) are told from the name proper, and house numbers get one form. What remains must
then be equal: no name is taken for another because it looks like it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_ONE_FOR_ONE = ("абвгдежзийклмнопрстуфхцыэіәғқңөұүһ", "abvgdejziiklmnoprstufhcieiagknouuh")
LETTERS = dict(zip(*_ONE_FOR_ONE, strict=True)) | {
    "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ю": "iu", "я": "ia",
    "y": "i", "w": "v", "q": "k", "x": "ks", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "ð": "d",
    "þ": "th", "ł": "l", "ş": "sh",
    **dict.fromkeys("'’‘ʼ`´\"«»“”„", ""),
}  # fmt: skip
SOUNDS = (
    (re.compile("shch"), "sh"),
    (re.compile("dzh|zh|dj"), "j"),
    (re.compile("kh"), "h"),
    (re.compile("ts"), "c"),
    (re.compile("ii+"), "i"),
    (re.compile("(?<=[aeou])ie"), "e"),
)
PHRASES = (
    (r"(shagin|moltek) audan[a-z]*|m rn|m n|mkrn|mk rn", "mkr"),
    (r"(jiloi|turgin) (massiv|alabi|alkabi)|j m|jilmassiv", "massiv"),
    (r"k si|k shesi", "koshesi"),
    (r"p kt|pr kt|pr t|p t", "prospekt"),
    (r"b r", "bulvar"),
    (r"tas jol[a-z]*", "shosse"),
    (r"(j d|jeleznodorojni|temir ?jol) (vokzal[a-z]*|stanci[a-z]*)|railvai station", "vokzal"),
    (r"bus (station|terminal)", "avtovokzal"),
)
KINDS = {
    "street": "ul ulica koshe koshesi kosh street str rue",
    "avenue": "pr prosp prospekt dangil dangili avenue ave av",
    "lane": "per pereulok tuiik tuiigi lane ruelle",
    "highway": "shosse highvai",
    "boulevard": "bulvar bulvari boulevard bd",
    "passage": "proezd passage",
    "square": "pl ploshad alan alani square place",
    "microdistrict": "mkr mikroraion mikroraioni microdistrict",
    "massif": "massiv massif alabi alkabi",
    "quarter": "kvartal orami",
    "village": "selo aul auil auili poselok pos",
}
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
STREET_KINDS = ("street", "avenue", "lane", "highway", "boulevard", "passage", "square")
_SPELT = {
    "shkola": "shkoli shkole mektep mektebi gimnaziia gimnaziiasi licei school",
    "bolnica": "bolnici auruhana auruhanasi hospital",
    "poliklinika": "polikliniki emhana emhanasi polyclinic",
    "universitet": "universiteta universiteti university universiti",
    "rinok": "rinka bazar bazari market",
    "park": "parka parki saiabak saiabagi",
    "aeroport": "aeroporta auejai auejaii airport",
    "vokzal": "vokzala vokzali",
    "avtovokzal": "avtovokzala avtobeket avtobeketi avtostanciia",
}
_SAME_WORDS = {word: first for first, words in _SPELT.items() for word in words.split()}
_SAYS_NOTHING = (
    "im imeni atindagi gorod gor kala kalasi city sredniaia srednei orta obsheobrazovatelnaia "
    "jalpi bilim beretin n no kgu ggkp"
)
_SAYS_NEAR = "okolo vozle riadom s u protiv naprotiv raion near opposite jani janinda"
_SAYS_HOUSE = "d dom ui uii house zd zdanie building"
_SAYS_ROOM = "kv ofis of office kab kabinet pom pomeshenie room"
PLAIN, _NEAR, _HOUSE_WORDS, _ROOM_WORDS = (
    frozenset(words.split()) for words in (_SAYS_NOTHING, _SAYS_NEAR, _SAYS_HOUSE, _SAYS_ROOM)
)
_ORDINAL = re.compile(
    r"(\d+)\s?-?\s?(?:ый|ий|ой|й|ая|я|ое|е|го|му|ші|шы|інші|ыншы|th|st|nd|rd)\b", re.IGNORECASE
)
_INITIAL = re.compile(r"(?<![^\W_])[^\W\d_]\.")
_NUMBER = re.compile(r"[0-9]+([sz][0-9]+)?[a-z]?(k[0-9]+)?")


class Name(NamedTuple):
    """A name without its word of kind: `key` is its words, `kind` "" where none is told."""

    key: str
    kind: str


class Mention(NamedTuple):
    """One way to read a part of a text: a name, perhaps with a house number (else "")."""

    name: Name
    number: str
    near: bool


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """Reduce letters to a Latin skeleton common to Russian, Kazakh and Latin spelling.

    Examples
    --------
    >>> {folded(name) for name in ("Қарасу", "Карасу", "KARASU")}
    {'karasu'}
    >>> folded("Тынышбаев") == folded("Tynyshbayev"), folded("Жамбыл") == folded("Zhambyl")
    (True, True)
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ş", "sh")
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    latin = "".join(LETTERS.get(letter, letter) for letter in bare)
    for sound, letters in SOUNDS:
        latin = sound.sub(letters, latin)
    return " ".join(re.findall(r"[^\W_]+", latin))


@lru_cache(maxsize=200_000)
def name_of(text: str) -> Name:
    """Part a name from its word of kind.

    Examples
    --------
    >>> name_of("улица Абая"), name_of("Абай көшесі")
    (Name(key='abaia', kind='street'), Name(key='abai', kind='street'))
    >>> name_of("15-й микрорайон") == name_of("15 шағын аудан") == name_of("15 мкр")
    True
    """
    return _name(_words(text))


def stem(key: str) -> str:
    """Drop the ending of the Russian genitive: «(улица) Абая» is named after Абай.

    Examples
    --------
    >>> stem("abaia") == stem("abai"), stem("suleimenova") == stem("suleimenov")
    (True, True)
    """
    return " ".join(re.sub(r"(?<=[a-z]{3})a$", "", word) for word in key.split())


def house_number(text: str) -> str:
    """Give a house number its one form, "" for none.

    Examples
    --------
    >>> [house_number(text) for text in ("280", "д. 280 А", "280-а", "№280/1", "280 корп. 2")]
    ['280', '280a', '280a', '280s1', '280k2']
    >>> house_number("б/н")
    ''
    """
    words = _joined([word for word in _words(text) if word not in _HOUSE_WORDS])
    return words[0] if len(words) == 1 and _NUMBER.fullmatch(words[0]) else ""


def mentions(text: str, without: str = "") -> Iterator[list[Mention]]:
    """Read a text part by part, each in all ways it could be meant.

    Parts are set off by commas, semicolons, brackets and line ends. A part must be the name
    wholly: «serves the streets near the park» names nothing.

    Parameters
    ----------
    text
        An address or a landmark.
    without
        Name of the settlement, which says nothing within it.

    Examples
    --------
    >>> [found] = mentions("г. Тараз, ул. Абая, д. 280", "Тараз")
    >>> found
    [Mention(name=Name(key='abaia', kind='street'), number='280', near=False)]
    """
    parts = [_words(part) for part in re.split(r"[,;()\[\]\n\r|]|\s-\s", text)]
    home = {stem(word) for word in name_of(without).key.split()}
    parts = [part for part in parts if {stem(word) for word in part if word not in PLAIN} - home]
    numbers = ["", *(_pure_number(part) for part in parts), ""]
    for i, part in enumerate(parts):
        before = numbers[i] if i == 1 else ""  # «12, rue Grimaldi»
        found = [] if numbers[i + 1] else _mentions_of(part, numbers[i + 2] or before, home)
        if found:
            yield found


def _mentions_of(part: list[str], after: str, home: set[str]) -> list[Mention]:
    room = next((i for i, word in enumerate(part) if word in _ROOM_WORDS), len(part))
    near = any(word in _NEAR for word in part)
    whole = [word for word in part[:room] if word not in _NEAR]
    away = [word for word in whole if stem(word) not in home]
    words = whole if _KIND_OF.keys() >= set(away) else away  # «улица Тараз» in Taraz
    if not words:
        return []
    if after:
        return [Mention(_name(words), after, near)]
    found = [Mention(_name(words), "", near)]
    bare = _joined([word for word in words if word not in _HOUSE_WORDS])
    for number, rest in ((bare[-1:], bare[:-1]), (bare[:1], bare[1:])):
        if number and _NUMBER.fullmatch(number[0]) and not _KIND_OF.keys() >= set(rest):
            found.append(Mention(_name(rest), number[0], near))
    return found


def _pure_number(part: list[str]) -> str:
    words = _joined([word for word in part if word not in _HOUSE_WORDS])
    room = next((i for i, word in enumerate(words) if word in _ROOM_WORDS), len(words))
    return words[0] if room == 1 and _NUMBER.fullmatch(words[0]) else ""


def _name(words: list[str]) -> Name:
    kinds = [_KIND_OF[word] for word in words if word in _KIND_OF]
    rest = [_SAME_WORDS.get(w, w) for w in words if w not in _KIND_OF and w not in PLAIN]
    if not rest:  # «улица Площадь»: a word of kind is the name
        return Name(" ".join(words), "")
    return Name(" ".join(rest), kinds[0] if kinds else "")


def _words(text: str) -> list[str]:
    """Fold a text to words; `280/1` and `280-2` stay one word, ordinals lose their ending."""
    text = re.sub(r"(\d)\s*/\s*(\d)", r"\1s\2", _ORDINAL.sub(r"\1 ", text.replace("№", " ")))
    text = re.sub(r"(\d)-(\d)", r"\1z\2", text)
    plain = folded(_INITIAL.sub(" ", text))
    for phrase, word in PHRASES:
        plain = re.sub(rf"\b(?:{phrase})\b", word, plain)
    return plain.split()


def _joined(words: list[str]) -> list[str]:
    """Join a number with its letter or its block: `280 a`, `280 korp 2`."""
    text = re.sub(r"\b([0-9]\w*) (?:korp|korpus|k) ?([0-9]+)\b", r"\1k\2", " ".join(words))
    return re.sub(r"\b([0-9]+) ([a-z])\b", r"\1\2", text).split()
