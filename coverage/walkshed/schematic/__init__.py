"""A made-up city from a few parameters, written as OpenStreetMap data.

`read_schematic` reads the parameters from a TOML file, `write_schematic` draws the
city and writes it as an `.osm.pbf`, which is then read through the same door as a real
extract. The same parameters give the same bytes. The modules, in reading order::

    parameters   what a city can be asked to be
    plan         streets that cut blocks out of a rectangle, on a straight-lined plan
    layout       railway, river, canals, avenues, superblocks and what each is used for
    buildings    rows of houses and panel blocks along streets and yards
    institutions blocks with one purpose: square, market, station, schools, campus
    quarters     how a superblock of each use is filled
    crossings    the few ways over the railway, the river and the canals
    places       neighbourhoods, districts, landmarks and police posts
    city         the order in which all this is drawn
    osm          from the plan to curved ground, to degrees, to a file

Lengths are metres throughout; degrees appear in `osm` alone. Names are plainly generic,
and areas, landmarks and posts carry the word schematic («схема», «сызба»).
"""

from .osm import write_schematic
from .parameters import SchematicCity, read_schematic

__all__ = ["SchematicCity", "read_schematic", "write_schematic"]
