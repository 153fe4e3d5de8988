"""What became of one input: an answer, a clear error, or one of the things that must not be."""

import re
import traceback
from collections.abc import Callable
from pathlib import Path

from walkshed.errors import WalkshedError

ADVICE = re.compile(
    r"\b(add|ask|build|change|check|choose|convert|correct|download|draw|exchange|export|fetch|"
    r"fill|get|give|greater|install|join|keep|leave|less|look|lower|make|mend|must|"
    r"name|one of|put|remove|rename|run|save|say|see|set|split|unmerge|update|wanted|"
    r"write|written)\b"
)
"""What a message that knows a way out says."""

ANSWER, CLEAR = "answer", "clear error"
BAD = ("traceback", "unclear error", "memory", "hang", "crash")


def unclear(error: WalkshedError, path: Path) -> str:
    """Say what a message lacks: the file, or a way out; empty when it lacks nothing."""
    told = str(error)
    named = any(file.name in told for file in path.parent.iterdir()) or str(path.parent) in told
    if not named:
        return f"names no file: {told[:300]}"
    return "" if ADVICE.search(told) else f"no way out: {told[:300]}"


def judged(read: Callable[[Path], object], path: Path) -> tuple[str, str]:
    """Read a file and say what became of it, and where."""
    try:
        read(path)
    except WalkshedError as error:
        lack = unclear(error, path)
        return ("unclear error", lack) if lack else (CLEAR, kind_of(str(error)))
    except MemoryError as error:
        return "memory", _where(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        return "traceback", _where(error)
    return ANSWER, ""


def kind_of(message: str) -> str:
    """A message without what is of the one file: two of a kind are equal."""
    plain = re.sub(r"`[^`]*`|«[^»]*»|'[^']*'|\([^)]*\)|=[^:]*:", "?", message)
    return re.sub(r"[\d., ]+|/\S+", "#", plain)[:120]


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "walkshed" in frame.filename] or frames[-1:]
    last = ours[-1]
    told = str(error).replace("\n", " ")[:160]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}: {type(error).__name__}: {told}"
