"""
Evaluates the committed examples a second time, with onnxruntime, scikit-learn, fairlearn and numpy, and writes what
they say to test/evaluation/fixtures/<example>.oracle.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/evaluation_requirements.txt
    /tmp/oracle/bin/python test/oracles/evaluation_report.py
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import yaml
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    equalized_odds_ratio,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn import metrics
from sklearn.base import BaseEstimator
from sklearn.inspection import permutation_importance

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/evaluation/fixtures"


class Graph(BaseEstimator):
    """A graph as scikit-learn sees a fitted estimator."""

    def __init__(self, session, output, column=None):
        self.session, self.output, self.column = session, output, column

    def fit(self, x, y):
        return self

    def raw(self, x):
        name = self.session.get_inputs()[0].name
        return self.session.run([self.output], {name: np.asarray(x, dtype=np.float32)})[0]

    def score_of(self, x):
        values = np.asarray(self.raw(x), dtype=np.float64)
        return values[:, self.column] if self.column is not None else values.reshape(len(x))


def read(folder):
    manifest = yaml.safe_load((folder / "contender.yaml").read_text())
    data = pd.read_csv(folder / manifest["evaluation"]["data"], keep_default_na=False)
    session = onnxruntime.InferenceSession((folder / manifest["model"]).read_bytes())
    return manifest, data, session, [column["name"] for column in manifest["inputs"]]


def bins(values):
    edges = np.unique(np.quantile(values, np.arange(1, 10) / 10))
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def importance(model, x, y, scorer, columns):
    found = permutation_importance(model, x, y, scoring=scorer, n_repeats=50, random_state=7)
    return [
        {"column": c, "drop": m, "deviation": s}
        for c, m, s in zip(columns, found.importances_mean, found.importances_std)
    ]


def fairness(truth, predicted, attribute):
    """Over the groups with 30 positives and 30 negatives."""
    least = pd.DataFrame({"group": attribute, "truth": truth}).groupby("group").truth.agg(lambda t: min(t.sum(), (~t).sum()))
    kept = attribute.isin(least[least >= 30].index)
    given = dict(y_true=truth[kept], y_pred=predicted[kept], sensitive_features=attribute[kept])
    return {
        "groups": int((least >= 30).sum()),
        "demographicParity": [demographic_parity_difference(**given), demographic_parity_ratio(**given)],
        "equalizedOdds": [equalized_odds_difference(**given), equalized_odds_ratio(**given)],
        "equalOpportunity": equal_opportunity_difference(**given),
    }


def classification(folder):
    manifest, data, session, columns = read(folder)
    output = manifest["output"]
    classes, positive = output["classes"], output["positive"]
    model = Graph(session, output["score"]["tensor"], output["score"]["column"])
    x, y = data[columns].to_numpy(), data[manifest["evaluation"]["label"]]
    score, is_positive = model.score_of(x), (y == positive).to_numpy()
    label = Graph(session, output["label"]["tensor"]).raw(x)
    predicted = label if label.dtype == object else np.asarray(classes)[label]
    wrong = (predicted != y).to_numpy()
    groups = {
        attribute: MetricFrame(
            metrics={"n": lambda t, p: len(t), "selectionRate": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate, "accuracy": metrics.accuracy_score},
            y_true=is_positive,
            y_pred=predicted == positive,
            sensitive_features=data[attribute],
        ).by_group
        for attribute in manifest["evaluation"]["protected"]
    }
    auc = lambda estimator, features, truth: metrics.roc_auc_score(truth, estimator.score_of(features))
    return {
        "metrics": {
            "accuracy": metrics.accuracy_score(y, predicted),
            "logLoss": metrics.log_loss(is_positive, score),
            "rocAuc": metrics.roc_auc_score(is_positive, score),
            "prAuc": metrics.average_precision_score(is_positive, score),
            "brier": metrics.brier_score_loss(is_positive, score),
            "f1": metrics.f1_score(is_positive, predicted == positive),
        },
        "fairness": {
            attribute: fairness(is_positive, predicted == positive, data[attribute])
            for attribute in manifest["evaluation"]["protected"]
        },
        "groups": {a: {str(g): row.to_dict() for g, row in frame.iterrows()} for a, frame in groups.items()},
        "loss": {"mean": wrong.mean(), "perClass": {c: wrong[y == c].mean() for c in classes}},
        "features": {c: bins(data[c].to_numpy(dtype=float)) for c in columns},
        "score": bins(score),
        "importance": importance(model, x, is_positive, auc, columns),
    }


def regression(folder):
    manifest, data, session, columns = read(folder)
    model = Graph(session, manifest["output"]["score"]["tensor"])
    x, y = data[columns].to_numpy(), data[manifest["evaluation"]["label"]].to_numpy(dtype=float)
    predicted = model.score_of(x)
    error = np.abs(predicted - y)
    cap = np.quantile(error, 0.99)
    loss = np.clip(error / cap, 0, 1)
    r2 = lambda estimator, features, truth: metrics.r2_score(truth, estimator.score_of(features))
    return {
        "metrics": {
            "rmse": metrics.root_mean_squared_error(y, predicted),
            "mae": metrics.mean_absolute_error(y, predicted),
            "r2": metrics.r2_score(y, predicted),
        },
        "groups": {
            a: {str(g): {"n": int((data[a] == g).sum()), "loss": loss[data[a] == g].mean()} for g in sorted(data[a].unique())}
            for a in manifest["evaluation"]["protected"]
        },
        "loss": {"mean": loss.mean(), "cap": cap, "perClass": {}},
        "features": {c: bins(data[c].to_numpy(dtype=float)) for c in columns},
        "score": bins(predicted),
        "importance": importance(model, x, y, r2, columns),
    }


def write(name, found):
    (OUT / f"{name}.oracle.json").write_text(json.dumps(found, indent=1) + "\n")


write("living-wage-2", classification(ROOT / "examples/living-wage/versions/2"))
write("diabetes-progression-1", regression(ROOT / "examples/diabetes-progression/versions/1"))
