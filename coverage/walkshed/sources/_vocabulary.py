"""The columns and values of a registry in the words of its users: Russian, Kazakh, English.

What the form writes in a language is what the reader knows in that language, because both
take it from here; `_ALSO` adds what registers made elsewhere are known to write.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from ..language import LANGUAGES, translate
from ._table import heading_key

Labels = Callable[[str], Mapping[str, str]]


def column_labels(language: str) -> Mapping[str, str]:
    """Name the columns of a registry, in the order of the form.

    Examples
    --------
    >>> column_labels("ru")["lat"], column_labels("en")["opening_hours"]
    ('Широта', 'Opening hours')
    """
    return {
        "id": translate("Id", language),
        "kind": translate("Kind of post", language),
        "status": translate("State", language),
        "number": translate("Number", language),
        "name_ru": translate("Name in Russian", language),
        "name_kk": translate("Name in Kazakh", language),
        "name_en": translate("Name in English", language),
        "settlement": translate("Settlement", language),
        "address": translate("Address", language),
        "landmark": translate("Landmark", language),
        "lat": translate("Latitude", language),
        "lon": translate("Longitude", language),
        "location_precision": translate("Precision of the place", language),
        "opening_hours": translate("Opening hours", language),
        "inspectors": translate("Inspectors in post", language),
        "inspectors_establishment": translate("Inspectors on establishment", language),
        "has_cameras": translate("Cameras", language),
        "has_computers": translate("Computers", language),
        "owner": translate("Owner of the premises", language),
        "cost": translate("Cost, tenge", language),
        "precinct": translate("Administrative precinct", language),
        "opened": translate("Opened on", language),
        "closed": translate("Closed on", language),
        "planned_for": translate("Planned for", language),
        "source_url": translate("Source of the data", language),
        "source_date": translate("Date of source", language),
        "verified_by": translate("Verified by", language),
        "notes": translate("Notes", language),
    }


def kind_labels(language: str) -> Mapping[str, str]:
    """Name the kinds of posts."""
    return {
        "precinct_point": translate("Precinct police point", language),
        "modular_post": translate("Modular police post", language),
        "housing_point": translate("Point combined with housing", language),
        "department": translate("Police department", language),
        "transport_police": translate("Transport police", language),
    }


def status_labels(language: str) -> Mapping[str, str]:
    """Name the states of posts."""
    return {
        "existing": translate("existing", language),
        "planned": translate("planned", language),
        "closed": translate("closed", language),
    }


def precision_labels(language: str) -> Mapping[str, str]:
    """Name the precisions of places."""
    return {
        "exact": translate("exact", language),
        "address": translate("by address", language),
        "landmark": translate("by landmark", language),
        "microdistrict": translate("by microdistrict", language),
        "district": translate("by district", language),
        "unlocated": translate("not located", language),
    }


def answer_labels(language: str) -> Mapping[str, str]:
    """Name the answers of a question; no answer is unknown."""
    return {
        "yes": translate("yes", language),
        "no": translate("no", language),
        "": translate("unknown", language),
    }


def example_word(language: str) -> str:
    """Give the id of the form's example row, which a reader leaves out."""
    return translate("EXAMPLE", language)


CHOICES: Mapping[str, Labels] = MappingProxyType(
    {
        "kind": kind_labels,
        "status": status_labels,
        "location_precision": precision_labels,
        "has_cameras": answer_labels,
        "has_computers": answer_labels,
    }
)
"""Columns whose values are one of a few, with the names of these."""

OTHER_COLUMNS = ("count", "name", "coordinates", "crs", "location_text", "description_precision")
"""Columns that are read but stand in no form."""

_ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("ид", "идентификатор", "код", "№ п п", "п п", "код поста", "post id"),
        "count": ("количество", "саны"),
        "kind": ("вид", "тип", "вид поста", "тип поста", "түрі", "kind"),
        "status": ("статус", "мәртебесі", "мәртебе", "күйі"),
        "number": ("номер", "№", "номер упп", "номер поста", "нөмірі", "нөмір"),
        "name": ("название", "наименование", "атауы", "наименование поста"),
        "name_ru": ("название рус", "наименование на русском", "название на русском языке"),
        "name_kk": ("название каз", "наименование на казахском", "название на казахском языке"),
        "settlement": ("город", "нас пункт", "село", "қала", "ауыл", "city", "town"),
        "address": ("адрес поста", "местонахождение", "адресі", "мекен жайы"),
        "lat": ("latitude", "широта с ш", "ш", "y", "northing"),
        "lon": ("lng", "long", "longitude", "долгота в д", "д", "x", "easting"),
        "coordinates": ("координаты", "координаттар", "координаттары", "lat lon", "latlon"),
        "crs": ("система координат", "координаттар жүйесі", "epsg"),
        "location_text": ("описание места", "расположение", "орналасуы"),
        "opening_hours": (
            *("hours", "часы работы", "часы приема", "режим работы", "график", "график работы"),
            *("график приема", "жұмыс уақыты", "жұмыс кестесі", "қабылдау уақыты"),
        ),
        "inspectors": (
            *("участковые", "участковых", "участковых по факту", "количество участковых"),
            *("инспекторов", "факт", "учаскелік инспекторлар"),
        ),
        "inspectors_establishment": ("участковых по штату", "штат", "establishment"),
        "has_cameras": ("cameras", "камеры", "видеонаблюдение", "камералар"),
        "has_computers": ("computers", "компьютеры", "компьютер", "компьютерлер"),
        "owner": ("собственник", "владелец", "балансодержатель", "меншік иесі", "иесі"),
        "cost": ("стоимость", "цена", "құны", "бағасы"),
        "precinct": ("участок", "административный участок", "учаске"),
        "opened": ("дата открытия", "открыт", "ашылған күні", "opening date"),
        "closed": ("дата закрытия", "закрыт", "жабылған күні", "closing date"),
        "planned_for": ("срок", "срок строительства", "планируемый срок", "мерзімі"),
        "source_url": ("источник", "ссылка", "дереккөз", "source"),
        "source_date": ("дата данных", "деректер күні"),
        "verified_by": ("проверил", "кто проверил", "тексерген"),
        "notes": ("примечание", "комментарий", "ескерту", "ескертпе", "note"),
    }
)

_VALUES_ALSO: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "kind": {
            "precinct_point": ("упп", "участковый пункт", "опорный пункт", "опорный пункт полиции"),
            "modular_post": (
                *("модульный пост", "стационарный пост", "модульный", "стационарный"),
                *("стационарный пост полиции", "модульный стационарный пост"),
                *("стационарлық полиция бекеті", "модульдік бекет", "stationary post"),
            ),
            "housing_point": ("с жильем", "пункт с жильем", "упп с жильем"),
            "department": ("отдел", "отдел полиции", "управление полиции", "департамент полиции"),
            "transport_police": ("линейное отделение", "линейный отдел полиции", "лоп"),
        },
        "status": {
            "existing": ("действует", "работает", "открыт", "есть", "active"),
            "planned": ("план", "проект", "строится", "жоспар"),
            "closed": ("не действует", "не работает", "жабық"),
        },
        "location_precision": {
            "exact": ("точно", "gps", "дәл"),
            "address": ("адрес", "мекенжай"),
            "landmark": ("ориентир", "бағдар"),
            "microdistrict": ("микрорайон", "массив", "шағын аудан", "мкр"),
            "district": ("район", "аудан"),
            "unlocated": ("неизвестно", "нет", "белгісіз"),
        },
        "answer": {
            "yes": ("true", "1", "+", "да есть", "есть", "имеется", "бар", "истина", "y"),
            "no": ("false", "0", "-", "нету", "отсутствует", "ложь", "n"),
            "": ("?", "нет данных", "n a"),
        },
    }
)


@cache
def registry_headings() -> Mapping[str, str]:
    """Map headings in three languages, reduced by `heading_key`, to the names of columns.

    Examples
    --------
    >>> headings = registry_headings()
    >>> headings["широта"], headings["ендік"], headings["latitude"], headings["lat"]
    ('lat', 'lat', 'lat', 'lat')
    """
    columns = (*column_labels("en"), *OTHER_COLUMNS)
    found = {heading_key(text): column for column, texts in _ALSO.items() for text in texts}
    for language in LANGUAGES:
        found |= {heading_key(text): column for column, text in column_labels(language).items()}
    return MappingProxyType(found | {heading_key(column): column for column in columns})


@cache
def choice_words(column: str) -> Mapping[str, str]:
    """Map the words for the values of a column, reduced by `word_key`, to these.

    Examples
    --------
    >>> words = choice_words("kind")
    >>> words["участковый пункт полиции"], words["упп"], words["modular_post"]
    ('precinct_point', 'precinct_point', 'modular_post')
    """
    labels = CHOICES[column]
    also = _VALUES_ALSO["answer" if labels is answer_labels else column]
    found = {word_key(text): value for value, texts in also.items() for text in texts}
    for language in LANGUAGES:
        found |= {word_key(text): value for value, text in labels(language).items()}
    return MappingProxyType(found | {value: value for value in labels("en")})


def word_key(text: str) -> str:
    r"""Reduce a word to what tells it apart: small letters, ё as е, single blanks.

    Examples
    --------
    >>> word_key("  Пункт, совмещённый\N{NO-BREAK SPACE}с жильём ")
    'пункт, совмещенный с жильем'
    """
    return " ".join(text.casefold().replace("ё", "е").split())
