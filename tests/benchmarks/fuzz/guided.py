"""The same readers, guided by which lines of them an input reaches: for a day when there is time.

    cd tests && uv run --with atheris python -m benchmarks.fuzz.guided posts.csv FOLDER \
        -max_total_time=600 -timeout=60 -rss_limit_mb=4000

FOLDER keeps the inputs that reached something new; the options are those of libFuzzer. Inputs are
changed by their format or as libFuzzer does. The first that must not be ends the run with its
traceback and is written to `crash-...`. atheris is no dependency: it has wheels for Linux only.
"""

import sys
import tempfile
import warnings
from pathlib import Path
from random import Random

READERS = ("walkshed.sources", "walkshed.given_files", "walkshed.scenario", "walkshed.settings")
"""Code whose lines are watched; what numba compiles cannot be."""


def main(name: str, options: list[str]) -> None:
    import atheris

    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(prefix="walkshed-guided-"))
    with atheris.instrument_imports(include=list(READERS)):
        from .judging import ANSWER, CLEAR, judged
        from .mutate import mutated
        from .targets import TARGETS

        read, path = TARGETS[name].read, TARGETS[name].seeds(folder)[0]
        read(path)  # which imports what it needs

    def one(data: bytes) -> None:
        path.write_bytes(data)
        outcome, detail = judged(read, path)
        if outcome not in (ANSWER, CLEAR):
            raise RuntimeError(f"{outcome}: {detail}")

    def changed(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        plain = random.random() < 0.3
        new = atheris.Mutate(data, most) if plain else mutated(data, path.suffix, random)
        return bytes(new[:most])

    corpus = Path(next((text for text in options if text[:1] != "-"), folder))
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / f"good{path.suffix}").write_bytes(path.read_bytes())
    atheris.Setup([sys.argv[0], *options], one, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
