"""Trains versions 1, 2 and 3 and writes versions/<n>/{model.onnx, contender.yaml, evaluation.csv}.

`python train.py` overwrites versions/; `python train.py --check` trains into a temporary folder and compares with the
committed versions.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from living_wage import (
    CLASSES,
    MODEL,
    Dataset,
    export_onnx,
    features,
    manifest_text,
    position,
    read_rows,
    sha256_of,
    truths,
)

HERE = Path(__file__).parent
VERSIONS = HERE / "versions"
CODES = ("occupation", "industry")
PLACE = ("south", "rural", "central_city")
SCORE_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Recipe:
    """How one version is trained: polynomial terms of groups of inputs into a logistic regression."""

    terms: tuple[tuple[tuple[str, ...], int], ...]
    """(inputs, degree): all monomials of these inputs up to the degree."""
    codes: bool
    """Whether occupation and industry enter, one indicator a code."""
    training: str
    """Interview years of the training data, as in data/interviews-<years>.csv."""
    holdout: str
    """Interview years of the evaluation data, as in data/holdout-<years>.csv."""
    parent: int | None


RECIPES = {
    1: Recipe(
        terms=((("age", "education"), 1),),
        codes=False,
        training="1970-1975",
        holdout="1973-1975",
        parent=None,
    ),
    2: Recipe(
        terms=((("experience",), 2), (("education", "tenure", "hours", *PLACE), 1)),
        codes=True,
        training="1970-1975",
        holdout="1973-1975",
        parent=1,
    ),
    3: Recipe(
        terms=((("experience",), 2), (("education", "tenure", *PLACE), 1), (("weeks_worked", "hours"), 3)),
        codes=True,
        training="1972-1977",
        holdout="1975-1977",
        parent=2,
    ),
}


def pipeline_of(recipe: Recipe) -> Pipeline:
    """The unfitted pipeline; newton-cholesky converges to the one optimum, so retraining repeats the scores."""
    transformers = [
        (
            f"terms{number}",
            make_pipeline(StandardScaler(), PolynomialFeatures(degree, include_bias=False), StandardScaler()),
            [position(name) for name in names],
        )
        for number, (names, degree) in enumerate(recipe.terms)
    ]
    if recipe.codes:
        transformers.append(("codes", OneHotEncoder(handle_unknown="ignore"), [position(name) for name in CODES]))
    classifier = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-8, max_iter=500)
    return make_pipeline(ColumnTransformer(transformers), classifier)


def train(version: int, folder: Path) -> None:
    """Trains one version and writes its upload folder."""
    recipe = RECIPES[version]
    data = HERE / "data" / f"interviews-{recipe.training}.csv"
    rows = read_rows(data)
    pipeline = pipeline_of(recipe).fit(features(rows), truths(rows))
    if tuple(pipeline.classes_) != CLASSES:
        raise SystemExit(f"{data} has the classes {list(pipeline.classes_)}; {MODEL} has {list(CLASSES)}")
    dataset = Dataset(
        name=f"nls-young-women-{recipe.training}",
        uri=f"examples/{MODEL}/data/{data.name}",
        sha256=sha256_of(data),
        rows=len(rows),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(export_onnx(pipeline, f"{MODEL}-{version}"))
    code = f"examples/{MODEL}/train.py"
    (folder / "contender.yaml").write_text(manifest_text(dataset, code, recipe.parent), encoding="utf-8")
    shutil.copyfile(HERE / "data" / f"holdout-{recipe.holdout}.csv", folder / "evaluation.csv")


def predict(model: Path, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels [N] and probabilities [N, 2] of an ONNX file."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"features": inputs})
    return np.asarray(label), np.asarray(probabilities)


def check() -> bool:
    """Whether retraining gives the committed predictions and files."""
    agreed = True
    with tempfile.TemporaryDirectory() as temporary:
        for version in RECIPES:
            fresh, committed = Path(temporary) / str(version), VERSIONS / str(version)
            train(version, fresh)
            inputs = features(read_rows(committed / "evaluation.csv"))
            labels, scores = predict(committed / "model.onnx", inputs)
            fresh_labels, fresh_scores = predict(fresh / "model.onnx", inputs)
            different = int(np.sum(labels != fresh_labels))
            gap = float(np.max(np.abs(scores - fresh_scores)))
            files = all(
                (fresh / name).read_bytes() == (committed / name).read_bytes()
                for name in ("contender.yaml", "evaluation.csv")
            )
            good = different == 0 and gap <= SCORE_TOLERANCE and files
            agreed = agreed and good
            print(
                f"version {version}: {'agrees' if good else 'DIFFERS'}; {different} of {len(inputs)} labels differ, "
                f"largest score gap {gap:.1e}, contender.yaml and evaluation.csv {'equal' if files else 'differ'}"
            )
    return agreed


def main() -> None:
    """Trains, or checks the committed files."""
    parser = argparse.ArgumentParser(description="Train the versions of living-wage.")
    parser.add_argument("--check", action="store_true", help="compare a fresh training with the committed files")
    if parser.parse_args().check:
        sys.exit(0 if check() else 1)
    for version in RECIPES:
        folder = VERSIONS / str(version)
        train(version, folder)
        rows = read_rows(folder / "evaluation.csv")
        labels, _ = predict(folder / "model.onnx", features(rows))
        size = (folder / "model.onnx").stat().st_size
        print(f"version {version}: accuracy {np.mean(labels == truths(rows)):.3f} on {len(rows)} rows, {size:,} bytes")


if __name__ == "__main__":
    main()
