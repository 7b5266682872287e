"""
Computes metrics a second time, with scikit-learn, numpy, scipy and statsmodels, on data that scikit-learn ships, and
writes inputs and answers to test/oracles/fixtures/metrics.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/metrics_requirements.txt
    /tmp/oracle/bin/python test/oracles/metrics.py
"""
import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy.stats import binomtest, norm
from sklearn import metrics
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

OUT = Path(__file__).parent / "fixtures/metrics.json"
QUANTILES = [0, 0.1, 0.5, 0.9, 0.99, 1]


def fitted(data, model):
    """Rounded, so that the fixture is small and both sides read the same numbers."""
    x, test_x, y, test_y = train_test_split(data.data, data.target, random_state=7)
    return make_pipeline(StandardScaler(), model).fit(x, y), test_x, test_y


def calibration_error(scores, came):
    edges = np.unique(np.quantile(scores, np.arange(1, 10) / 10))
    bins = np.searchsorted(edges, scores, side="left")
    return sum(np.mean(bins == b) * abs(scores[bins == b].mean() - came[bins == b].mean()) for b in np.unique(bins))


def recalibration(scores, truth):
    """Intercept with the slope held at 1, and the slope."""
    logits = np.log(scores / (1 - scores))
    binomial = sm.families.Binomial()
    shift = sm.GLM(truth, np.ones((len(truth), 1)), family=binomial, offset=logits).fit(tol=1e-12)
    line = sm.GLM(truth, sm.add_constant(logits), family=binomial).fit(tol=1e-12)
    return [shift.params[0], line.params[1]]


def binary(scores, truth):
    scores, truth = np.asarray(scores, dtype=float), np.asarray(truth)
    predicted = (scores >= 0.5).astype(int)
    return {
        "scores": scores.tolist(),
        "truth": truth.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "logLoss": metrics.log_loss(truth, np.column_stack([1 - scores, scores])),
        "rocAuc": metrics.roc_auc_score(truth, scores),
        "prAuc": metrics.average_precision_score(truth, scores),
        "brier": metrics.brier_score_loss(truth, scores),
        "f1": metrics.f1_score(truth, predicted),
        "calibrationError": calibration_error(scores, truth),
        "recalibration": recalibration(scores.clip(1e-6, 1 - 1e-6), truth),
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
        "prAuc": metrics.average_precision_score(np.eye(3)[y], p, average="macro"),
        "brier": metrics.brier_score_loss(y, p, scale_by_half=False),
        "f1": metrics.f1_score(y, p.argmax(axis=1), average="macro"),
        "calibrationError": calibration_error(p.max(axis=1), (p.argmax(axis=1) == y).astype(float)),
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
        "coverage": [[level, coverage(errors, level)] for level in [0.5, 0.8, 0.9, 0.95]],
    }


def coverage(errors, level):
    calibrated, counted = np.sort(errors[::2]), errors[1::2]
    return np.mean(counted <= calibrated[int(np.ceil((len(calibrated) + 1) * level)) - 1])


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


def newcombe():
    cases = [(30, 100, 50, 120, 0.95), (0, 40, 3, 60, 0.95), (40, 40, 500, 700, 0.99), (700, 9000, 650, 10000, 0.9875)]
    return [
        {
            "a": [a, n],
            "b": [b, m],
            "level": level,
            "interval": list(confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff", alpha=1 - level)),
        }
        for a, n, b, m, level in cases
    ]


def split():
    cases = [(0, 0), (5, 5), (3, 14), (40, 70), (2000, 2200), (100000, 101500)]
    return [{"a": a, "b": b, "p": float(mcnemar([[0, a], [b, 0]], exact=True).pvalue)} for a, b in cases]


def de_long():
    """By its definition: every positive beside every negative."""
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 2, 200)
    a = (truth + rng.normal(0, 1.2, 200)).round(1)  # rounded: with ties
    b = (truth + rng.normal(0, 1.6, 200)).round(1)

    def placements(scores):
        pairs = scores[truth == 1][:, None] - scores[truth == 0][None, :]
        kernel = np.where(pairs > 0, 1.0, np.where(pairs == 0, 0.5, 0.0))
        return kernel.mean(axis=1), kernel.mean(axis=0)

    (up_a, down_a), (up_b, down_b) = placements(a), placements(b)
    variance = np.var(up_a - up_b, ddof=1) / len(up_a) + np.var(down_a - down_b, ddof=1) / len(down_a)
    difference = metrics.roc_auc_score(truth, a) - metrics.roc_auc_score(truth, b)
    return {
        "truth": truth.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "difference": difference,
        "standardError": np.sqrt(variance),
        "p": 2 * norm.sf(abs(difference) / np.sqrt(variance)),
    }


def normal():
    return {
        "z": [[level, norm.ppf(0.5 + level / 2)] for level in [0.5, 0.95, 0.99, 0.9999]],
        "p": [[z, 2 * norm.sf(z)] for z in [0, 0.5, 1.96, 6]],
    }


OUT.parent.mkdir(exist_ok=True)
answers = {f.__name__: f() for f in [breast_cancer, tied, wine, diabetes, wilson, pairs, newcombe, split, de_long, normal]}
OUT.write_text(json.dumps(answers, default=float) + "\n")
