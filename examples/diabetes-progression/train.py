"""Trains the regression example: disease progression of diabetes patients a year after baseline.

    python train.py            # trains and overwrites versions/1
    python train.py --check    # trains into a temporary folder and compares with the committed version

Data: scikit-learn's `load_diabetes`, which ships inside the package; 442 patients of Efron, Hastie, Johnstone,
Tibshirani, "Least Angle Regression", Annals of Statistics 32 (2004).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
VERSION = HERE / "versions" / "1"
MODEL = "diabetes-progression"
SEED = 7
EVALUATION_ROWS = 142
TARGET = "progression"
"""Quantitative measure of disease progression one year after baseline; 25 to 346, without unit."""
PROTECTED = "sex"
"""Coded 1 and 2 in the source, which does not say which is which; no input of the model."""
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Column:
    """One model input with its unit."""

    name: str
    source: str
    unit: str


INPUTS = (
    Column("age", "age", "years"),
    Column("bmi", "bmi", "kg/m2"),
    Column("blood_pressure", "bp", "mm Hg, average"),
    Column("total_cholesterol", "s1", "mg/dl"),
    Column("ldl", "s2", "mg/dl"),
    Column("hdl", "s3", "mg/dl"),
    Column("cholesterol_ratio", "s4", "total / HDL"),
    Column("log_triglycerides", "s5", "ln(mg/dl)"),
    Column("glucose", "s6", "mg/dl"),
)


@dataclass(frozen=True)
class Split:
    """Rows of one part of the data."""

    inputs: np.ndarray
    sex: np.ndarray
    target: np.ndarray

    def csv_text(self) -> str:
        """The rows as CSV with a header."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*(column.name for column in INPUTS), PROTECTED, TARGET])
        for row, sex, target in zip(self.inputs, self.sex, self.target):
            writer.writerow([*(f"{value:g}" for value in row), f"{sex:g}", f"{target:g}"])
        return text.getvalue()


def split() -> tuple[Split, Split]:
    """Training and evaluation rows, drawn with a fixed seed."""
    bunch = load_diabetes(scaled=False)
    names = list(bunch.feature_names)
    inputs = bunch.data[:, [names.index(column.source) for column in INPUTS]].astype(np.float32)
    sex, target = bunch.data[:, names.index("sex")], bunch.target
    order = np.random.default_rng(SEED).permutation(len(target))
    evaluation, training = order[:EVALUATION_ROWS], order[EVALUATION_ROWS:]
    return Split(inputs[training], sex[training], target[training]), Split(
        inputs[evaluation], sex[evaluation], target[evaluation]
    )


def train(folder: Path) -> None:
    """Writes model.onnx, contender.yaml and evaluation.csv."""
    training, evaluation = split()
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=10.0, solver="cholesky"))
    pipeline.fit(training.inputs, training.target)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(export_onnx(pipeline))
    (folder / "evaluation.csv").write_text(evaluation.csv_text(), encoding="utf-8")
    (folder / "contender.yaml").write_text(manifest_text(training), encoding="utf-8")


def export_onnx(pipeline: Pipeline) -> bytes:
    """Converts to ONNX: `features` [N, 9] in, `variable` [N, 1] out."""
    initial_types = [("features", FloatTensorType([None, len(INPUTS)]))]
    model = to_onnx(pipeline, initial_types=initial_types, target_opset={"": 17, "ai.onnx.ml": 3}, name=MODEL)
    return model.SerializeToString(deterministic=True)


def manifest_text(training: Split) -> str:
    """The contender.yaml of version 1; the ranges are those of the training rows, widened by half a range."""
    low, high = training.inputs.min(axis=0), training.inputs.max(axis=0)
    margin = (high - low) / 2
    bounds = zip(np.maximum(0, np.floor(low - margin)), np.ceil(high + margin))
    inputs = "\n".join(
        f'  - {{ name: {column.name}, type: double, min: {least:g}, max: {most:g}, unit: "{column.unit}" }}'
        for column, (least, most) in zip(INPUTS, bounds)
    )
    digest = hashlib.sha256(training.csv_text().encode()).hexdigest()
    return f"""\
task: regression
model: model.onnx
inputs:
{inputs}
output:
  score: {{ tensor: variable, kind: value }}
  respond: [score]
evaluation: {{ data: evaluation.csv, label: {TARGET}, protected: [{PROTECTED}] }}
training:
  datasets:
    - name: efron-2004-diabetes
      uri: "pkg:pypi/scikit-learn@1.7.2#sklearn/datasets/data/diabetes_data_raw.csv.gz"
      sha256: "{digest}"
      rows: {len(training.target)}
  code: {{ repo: "examples/{MODEL}/train.py" }}
  seed: {SEED}
owner: care-programme
risk: low
"""


def predict(model: Path) -> np.ndarray:
    """Predictions of an ONNX file for the evaluation rows."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["variable"], {"features": split()[1].inputs})[0])[:, 0]


def summary(predicted: np.ndarray) -> str:
    """RMSE, MAE and R2 on the evaluation rows."""
    truth = split()[1].target
    error = predicted - truth
    r2 = 1 - np.sum(error**2) / np.sum((truth - truth.mean()) ** 2)
    return f"RMSE {np.sqrt(np.mean(error**2)):.3f}, MAE {np.mean(np.abs(error)):.3f}, R2 {r2:.4f}, {len(truth)} rows"


def check() -> bool:
    """Whether a fresh training gives the committed predictions and files."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        train(fresh)
        gap = float(np.max(np.abs(predict(fresh / "model.onnx") - predict(VERSION / "model.onnx"))))
        files = all(
            (fresh / name).read_bytes() == (VERSION / name).read_bytes()
            for name in ("contender.yaml", "evaluation.csv")
        )
    good = files and gap <= TOLERANCE
    print(
        f"version 1: {'agrees' if good else 'DIFFERS'}; largest gap {gap:.1e}, files {'equal' if files else 'differ'}"
    )
    return good


def main() -> None:
    """Trains, or checks the committed files."""
    parser = argparse.ArgumentParser(description=f"Train {MODEL}.")
    parser.add_argument("--check", action="store_true", help="compare a fresh training with the committed files")
    if parser.parse_args().check:
        sys.exit(0 if check() else 1)
    train(VERSION)
    print(f"version 1: {summary(predict(VERSION / 'model.onnx'))}")


if __name__ == "__main__":
    main()
