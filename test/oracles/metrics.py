"""
Computes metrics a second time, with scikit-learn, numpy, scipy and statsmodels, on data that scikit-learn ships, and
writes inputs and answers to test/oracles/fixtures/metrics.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/metrics_requirements.txt
    /tmp/oracle/bin/python test/oracles/metrics.py
"""
import json
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

OUT = Path(__file__).parent / "fixtures/metrics.json"
QUANTILES = [0, 0.1, 0.5, 0.9, 0.99, 1]


def fitted(data, model):
    """Rounded, so that the fixture is small and both sides read the same numbers."""
    x, test_x, y, test_y = train_test_split(data.data, data.target, random_state=7)
    return make_pipeline(StandardScaler(), model).fit(x, y), test_x, test_y


def binary(scores, truth):
    scores = np.asarray(scores, dtype=float)
    predicted = (scores >= 0.5).astype(int)
    return {
        "scores": scores.tolist(),
        "truth": np.asarray(truth).tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "logLoss": metrics.log_loss(truth, np.column_stack([1 - scores, scores])),
        "rocAuc": metrics.roc_auc_score(truth, scores),
    }


def breast_cancer():
    model, x, y = fitted(load_breast_cancer(), LogisticRegression(max_iter=1000))
    return binary(model.predict_proba(x)[:, 1].round(4).clip(0.0001, 0.9999), y)


def tied():
    """Scores in tenths: nearly every one is tied with others, of both classes."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 2, 120)
    return binary(((truth + rng.random(120) * 2) / 3 * 8 + 1).round() / 10, truth)


def wine():
    model, x, y = fitted(load_wine(), LogisticRegression(C=0.01, max_iter=1000))
    p = model.predict_proba(x)
    units = np.floor(p * 1024)  # binary fractions, so that each row sums to exactly 1
    units[:, -1] = 1024 - units[:, :-1].sum(axis=1)
    p = units / 1024
    return {
        "probabilities": p.ravel().tolist(),
        "truth": y.tolist(),
        "logLoss": metrics.log_loss(y, p),
        "rocAuc": metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"),
    }


def diabetes():
    model, x, y = fitted(load_diabetes(), LinearRegression())
    predicted = model.predict(x).round(3)
    errors = np.abs(predicted - y)
    return {
        "predicted": predicted.tolist(),
        "truth": y.tolist(),
        "rmse": metrics.root_mean_squared_error(y, predicted),
        "mae": metrics.mean_absolute_error(y, predicted),
        "r2": metrics.r2_score(y, predicted),
        "quantiles": [[q, np.quantile(errors, q)] for q in QUANTILES],
    }


def wilson():
    cases = [(0, 50), (10, 100), (50, 500), (1, 3000), (2000, 2000), (613, 10000)]
    return [
        {
            "k": k,
            "n": n,
            "interval": list(proportion_confint(k, n, alpha=0.05, method="wilson")),
            "upper": proportion_confint(k, n, alpha=0.10, method="wilson")[1],
        }
        for k, n in cases
    ]


def pairs():
    """Pairs in which one side alone errs, and what the tests for a fixed sample say of them."""
    cases = [(60, 20, 920), (20, 60, 920), (40, 40, 920), (45, 35, 920), (12, 2, 986)]
    return [
        {
            "onlyChampionErrs": b,
            "onlyChallengerErrs": c,
            "agree": agree,
            "mcnemar": float(mcnemar([[0, b], [c, agree]], exact=True).pvalue),
            "better": float(binomtest(b, b + c, alternative="greater").pvalue),
        }
        for b, c, agree in cases
    ]


OUT.parent.mkdir(exist_ok=True)
answers = {f.__name__: f() for f in [breast_cancer, tied, wine, diabetes, wilson, pairs]}
OUT.write_text(json.dumps(answers, default=float) + "\n")
