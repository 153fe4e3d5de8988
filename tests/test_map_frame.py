"""The frame of the planner's map in a browser: its colours, hands, paper, pictures and words."""

import re
from pathlib import Path
from typing import Any

import pytest

from test_map_page import DESKTOP, PHONE, Opened, Opener, browser, open_page
from test_maps import SOUTH, STEP, WEST, town
from walkshed.maps import study_map

__all__ = ["browser", "open_page"]  # fixtures of the page's other tests
