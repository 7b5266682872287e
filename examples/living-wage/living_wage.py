"""What every script of this example shares: columns, classes, CSV files, the ONNX export and contender.yaml."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

MODEL = "living-wage"
SEED = 7
THRESHOLD = 0.5
CLASSES = ("above", "below")
"""Order of the probability columns. `below` is the positive class: she earns less than the living wage."""
POSITIVE = "below"
TRUTH = "truth"
PROTECTED = ("race", "married")


@dataclass(frozen=True)
class Column:
    """One model input. Bounds and unit go into contender.yaml; a bound of None is not declared."""

    name: str
    source: str
    """Name in the source data, `nlswork`."""
    min: int
    max: int | None
    unit: str


INPUTS = (
    Column("age", "age", 14, 100, "years"),
    Column("education", "grade", 0, 18, "years of school"),
    Column("experience", "ttl_exp", 0, 60, "years of work"),
    Column("tenure", "tenure", 0, 60, "years with this employer"),
    Column("hours", "hours", 1, 168, "usual hours a week"),
    Column("weeks_worked", "wks_work", 0, None, "weeks"),
    Column("south", "south", 0, 1, "1 = lives in the South"),
    Column("rural", "not_smsa", 0, 1, "1 = outside a metropolitan area"),
    Column("central_city", "c_city", 0, 1, "1 = central city"),
    Column("occupation", "occ_code", 1, 13, "occupation code of the survey"),
    Column("industry", "ind_code", 1, 12, "industry code of the survey"),
)
INPUT_NAMES = tuple(column.name for column in INPUTS)

Row = dict[str, str]


def position(name: str) -> int:
    """Column number of an input in the feature tensor."""
    return INPUT_NAMES.index(name)


def read_rows(path: Path) -> list[Row]:
    """Reads a CSV file with a header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Writes the named columns of the rows, header first, with \\n line ends."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def features(rows: Sequence[Row]) -> np.ndarray:
    """The [N, 11] float32 tensor that the model is called with."""
    return np.array([[float(row[name]) for name in INPUT_NAMES] for row in rows], dtype=np.float32)


def truths(rows: Sequence[Row]) -> np.ndarray:
    """True classes, one string a row."""
    return np.array([row[TRUTH] for row in rows])


def sha256_of(path: Path) -> str:
    """Digest of a file, lower-case hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export_onnx(pipeline: Pipeline, name: str) -> bytes:
    """Converts a fitted pipeline to ONNX: `features` [N, 11] in; `label` [N] and `probabilities` [N, 2] out."""
    model = to_onnx(
        pipeline,
        initial_types=[("features", FloatTensorType([None, len(INPUTS)]))],
        final_types=[("label", StringTensorType([None])), ("probabilities", FloatTensorType([None, len(CLASSES)]))],
        options={id(pipeline[-1]): {"zipmap": False}},
        target_opset={"": 17, "ai.onnx.ml": 3},
        name=name,
    )
    return model.SerializeToString(deterministic=True)


@dataclass(frozen=True)
class Dataset:
    """Training data as lineage names it."""

    name: str
    uri: str
    sha256: str
    rows: int


def manifest_text(
    dataset: Dataset,
    code: str,
    parent: int | None,
    commit: str | None = None,
    context: Sequence[str] = ("year", "person"),
) -> str:
    """The contender.yaml of a version; `context` are the columns of evaluation.csv that tell time and group.

    Value is in US dollars a decision, an assumption of this example: a wage subsidy offered to somebody entitled to
    it is worth 400, offered to somebody else it costs 120, withheld from somebody entitled it costs 250.
    """
    roles = "".join(f"{key}: {name}, " for key, name in (("time", "year"), ("group", "person")) if name in context)
    inputs = "\n".join(f"  - {_input_text(column)}" for column in INPUTS)
    code_text = f'{{ repo: "{code}"' + (f', commit: "{commit}"' if commit else "") + " }"
    parent_text = f"\n  parent: {parent}" if parent is not None else ""
    return f"""\
task: binary-classification
model: model.onnx
inputs:
{inputs}
output:
  score: {{ tensor: probabilities, kind: probability, column: {CLASSES.index(POSITIVE)} }}
  label: {{ tensor: label }}
  classes: [{", ".join(CLASSES)}]
  positive: {POSITIVE}
  threshold: {THRESHOLD}
  respond: [label, score]
evaluation: {{ data: evaluation.csv, label: {TRUTH}, {roles}protected: [{", ".join(PROTECTED)}] }}
loss: error
value: {{ tp: 400, fp: -120, fn: -250, tn: 0, currency: USD }}
training:
  datasets:
    - name: {dataset.name}
      uri: "{dataset.uri}"
      sha256: "{dataset.sha256}"
      rows: {dataset.rows}
  code: {code_text}{parent_text}
  seed: {SEED}
owner: wage-programme
risk: high
"""


def _input_text(column: Column) -> str:
    bounds = f"min: {column.min}" + ("" if column.max is None else f", max: {column.max}")
    return f'{{ name: {column.name}, type: double, {bounds}, unit: "{column.unit}" }}'
