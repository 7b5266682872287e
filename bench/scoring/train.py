"""Trains the benchmark's models and writes their golden rows.

    python train.py <folder>      # writes <folder>/<model>/{model.onnx, golden.json, contender.yaml}

Data: scikit-learn's `load_breast_cancer`, which ships inside the package; 569 rows, 30 features (Street, Wolberg,
Mangasarian, "Nuclear feature extraction for breast tumor diagnosis", 1993).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 7
GOLDEN_ROWS = 64
COPIES = 40
JITTER = 0.4
"""In standard deviations of a feature."""
FLIPPED = 0.05
"""Share of wrong labels, which trees must grow around."""
TREES_OF_FOREST = 87
"""Makes about 10 MB of ONNX."""

MODELS: dict[str, ClassifierMixin] = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED)),
    "boosted": GradientBoostingClassifier(n_estimators=300, random_state=SEED),
    "forest": RandomForestClassifier(n_estimators=TREES_OF_FOREST, random_state=SEED),
    "network": make_pipeline(
        StandardScaler(), MLPClassifier(hidden_layer_sizes=(64, 32), max_iter=500, random_state=SEED)
    ),
}


def grown(inputs: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Noisy copies of the rows: on 569 rows a tree has 30 nodes, on data of a usual size some thousands."""
    random = np.random.default_rng(SEED)
    copies = np.repeat(inputs, COPIES, axis=0)
    copies = copies + random.normal(size=copies.shape) * inputs.std(axis=0) * JITTER
    flips = random.random(len(copies)) < FLIPPED
    return copies.astype(np.float32), np.repeat(labels, COPIES) ^ flips


def export_onnx(model: ClassifierMixin, features: int) -> bytes:
    """`features` [N, k] in; `label` [N] and `probabilities` [N, 2] out."""
    graph = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, features]))],
        options={"zipmap": False, "output_class_labels": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    return graph.SerializeToString(deterministic=True)


def manifest_text(names: list[str]) -> str:
    """The contender.yaml of every model here."""
    inputs = "\n".join(f"  - {{ name: {name.replace(' ', '_')}, type: double }}" for name in names)
    return f"""\
task: binary-classification
model: model.onnx
inputs:
{inputs}
output:
  score: {{ tensor: probabilities, kind: probability, column: 1 }}
  label: {{ tensor: label }}
  classes: [malignant, benign]
  positive: benign
  respond: [label, score]
"""


def main(folder: Path) -> None:
    """Trains all models; the golden answers are scikit-learn's own, not ONNX Runtime's."""
    bunch = load_breast_cancer()
    inputs, labels = bunch.data.astype(np.float32), bunch.target
    manifest = manifest_text(list(bunch.feature_names))
    picked = np.random.default_rng(SEED).choice(len(inputs), GOLDEN_ROWS, replace=False)
    for name, model in MODELS.items():
        model.fit(*(grown(inputs, labels) if name == "forest" else (inputs, labels)))
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        (target / "model.onnx").write_bytes(export_onnx(model, inputs.shape[1]))
        (target / "contender.yaml").write_text(manifest, encoding="utf-8")
        golden = {
            # Of double precision, as written in the source: 17.99, not 17.989999771118164.
            "rows": bunch.data[picked].tolist(),
            "labels": model.predict(inputs[picked]).tolist(),
            "probabilities": model.predict_proba(inputs[picked]).tolist(),
        }
        (target / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
        print(f"{name}: {(target / 'model.onnx').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
