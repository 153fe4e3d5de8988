"""Where data come from: OpenStreetMap, registries of posts, neighbourhoods, population."""
