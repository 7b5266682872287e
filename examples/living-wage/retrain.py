"""The team's own training job: learns a new version from predictions whose outcomes are known.

    python retrain.py --observations outcomes.csv --out upload/ [--parent 2]

The observations are in time order and have the input columns, the protected columns and `truth`; others are carried
into evaluation.csv. Writes model.onnx, contender.yaml and evaluation.csv, a complete upload. The most recent quarter
is held out for evaluation. Needs retrain-requirements.txt only.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from living_wage import (
    CLASSES,
    INPUT_NAMES,
    MODEL,
    PROTECTED,
    SEED,
    TRUTH,
    Dataset,
    Row,
    export_onnx,
    features,
    manifest_text,
    read_rows,
    sha256_of,
    truths,
    write_rows,
)

HOLDOUT_SHARE = 0.25
MINIMUM_ROWS = 800
"""So that at least 200 rows remain for evaluation."""
MINIMUM_ROWS_PER_CLASS = 50
CONTEXT = ("year", "person")
"""Columns that evaluation.csv gets where the observations have them: time and group."""


@dataclass(frozen=True)
class Lineage:
    """What contender.yaml says about where the version comes from."""

    parent: int | None = None
    commit: str | None = None
    uri: str | None = None
    """Where the observations are kept; their file name if not given."""


class BadObservations(Exception):
    """The observations cannot be learnt from; the message says what to change."""


def load(path: Path) -> list[Row]:
    """Reads and checks the observations."""
    if not path.is_file():
        raise BadObservations(f"there is no file {path}")
    rows = read_rows(path)
    needed = (*INPUT_NAMES, *PROTECTED, TRUTH)
    present = tuple(rows[0]) if rows else ()
    missing = [name for name in needed if name not in present]
    if missing and rows:
        raise BadObservations(f"{path} lacks the columns {', '.join(missing)}; its columns are {', '.join(present)}")
    if len(rows) < MINIMUM_ROWS:
        raise BadObservations(f"{path} has {len(rows)} rows; retraining needs at least {MINIMUM_ROWS}")
    strange = sorted({str(row[TRUTH]) for row in rows} - set(CLASSES))
    if strange:
        raise BadObservations(f"{path} has the truth {strange[0]!r}; the classes are {' and '.join(CLASSES)}")
    for number, row in enumerate(rows, 1):
        for name in INPUT_NAMES:
            if not _is_number(row[name]):
                raise BadObservations(f"{path}, row {number}: {name} is {row[name]!r}, which is no finite number")
    return rows


def check_classes(rows: list[Row], name: str) -> None:
    """Refuses a part of the observations in which a class is too rare."""
    for label in CLASSES:
        count = int(np.sum(truths(rows) == label))
        if count < MINIMUM_ROWS_PER_CLASS:
            raise BadObservations(
                f"{name} has {count} rows of {label!r}; retraining needs {MINIMUM_ROWS_PER_CLASS} of each class"
            )


def fit(rows: list[Row]) -> Pipeline:
    """Shallow gradient-boosted trees: unlike versions 1 to 3 they do not extrapolate beyond what they saw."""
    trees = GradientBoostingClassifier(
        learning_rate=0.1, n_estimators=80, max_depth=3, min_samples_leaf=30, subsample=0.8, random_state=SEED
    )
    return make_pipeline(trees).fit(features(rows), truths(rows))


def retrain(observations: Path, out: Path, lineage: Lineage) -> str:
    """Writes the upload and returns its one-line summary."""
    rows = load(observations)
    cut = round(len(rows) * (1 - HOLDOUT_SHARE))
    training, holdout = rows[:cut], rows[cut:]
    check_classes(training, f"the older part of {observations}")
    check_classes(holdout, f"the most recent part of {observations}")
    pipeline = fit(training)
    accuracy = float(np.mean(pipeline.predict(features(holdout)) == truths(holdout)))
    digest = sha256_of(observations)
    dataset = Dataset(f"{MODEL}-outcomes-{digest[:12]}", lineage.uri or observations.name, digest, len(rows))
    context = [name for name in CONTEXT if name in rows[0]]
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(export_onnx(pipeline, f"{MODEL}-retrained"))
    (out / "contender.yaml").write_text(
        manifest_text(dataset, f"examples/{MODEL}/retrain.py", lineage.parent, lineage.commit, context),
        encoding="utf-8",
    )
    write_rows(out / "evaluation.csv", [*context, *INPUT_NAMES, *PROTECTED, TRUTH], holdout)
    return (
        f"trained on {len(training)} rows, accuracy {accuracy:.3f} on the {len(holdout)} most recent rows, wrote {out}"
    )


def _is_number(text: str | None) -> bool:
    try:
        return bool(np.isfinite(float(text or "")))
    except ValueError:
        return False


def main() -> None:
    """Parses the command line; exits with 2 and one sentence if the observations cannot be used."""
    parser = argparse.ArgumentParser(description="Retrain living-wage on observed outcomes.")
    parser.add_argument("--observations", type=Path, required=True, help="CSV in time order: inputs, protected, truth")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new upload")
    parser.add_argument("--parent", type=int, help="version that this one succeeds")
    parser.add_argument("--commit", help="git commit of this code, for lineage")
    parser.add_argument("--uri", help="where the observations are kept, for lineage")
    arguments = parser.parse_args()
    lineage = Lineage(arguments.parent, arguments.commit, arguments.uri)
    try:
        print(retrain(arguments.observations, arguments.out, lineage))
    except BadObservations as error:
        print(f"retrain.py: {error}.", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
