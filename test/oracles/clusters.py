"""
Computes statistics of clustered rows a second time, with statsmodels, scipy and by their definitions in numpy, and writes
inputs and answers to test/oracles/fixtures/clusters.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/metrics_requirements.txt
    /tmp/oracle/bin/python test/oracles/clusters.py
"""
import itertools
import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

OUT = Path(__file__).parent / "fixtures/clusters.json"


def clustered(rng, clusters, mean_size):
    """Sizes differ; each cluster has a leaning of its own."""
    sizes = 1 + rng.poisson(mean_size - 1, clusters)
    return np.repeat(np.arange(clusters), sizes), np.repeat(rng.normal(0, 1, clusters), sizes)


def mean_difference():
    """OLS on a constant, with the covariance of Liang and Zeger as statsmodels has it."""
    rng = np.random.default_rng(3)
    codes, lean = clustered(rng, 40, 6)
    d = (0.1 + 0.4 * lean + rng.normal(0, 1, len(codes))).round(3)
    fit = sm.OLS(d, np.ones(len(d))).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    low, high = fit.conf_int()[0]
    return {
        "codes": codes.tolist(),
        "differences": d.tolist(),
        "difference": fit.params[0],
        "standardError": fit.bse[0],
        "low": low,
        "high": high,
        "p": fit.pvalues[0],
    }


def rates(name, rng, clusters, mean_size, in_both, common):
    """A group beside the rest; where `in_both`, a cluster's rows lie in either."""
    codes, lean = clustered(rng, clusters, mean_size)
    own = rng.random(len(codes)) < 0.4 if in_both else np.repeat(rng.random(clusters) < 0.45, np.bincount(codes))
    hit = (rng.random(len(codes)) < norm.cdf(common + 0.9 * lean)).astype(int)
    counted = (rng.random(len(codes)) < 0.8).astype(int)
    level = 0.95 if in_both else 0.975
    return {
        "name": name,
        "codes": codes.tolist(),
        "own": own.astype(int).tolist(),
        "counted": counted.tolist(),
        "hit": hit.tolist(),
        "level": level,
        **rao_scott(codes, own, counted, hit, level),
    }


def rao_scott(codes, own, counted, hit, level):
    """Variances and covariance from one cluster-robust regression on both sides' indicators."""
    keep = counted == 1
    codes, own, hit = codes[keep], own[keep], hit[keep]
    x = np.column_stack([own, ~own]).astype(float)
    fit = sm.OLS(hit, x).fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
    bare = fit.cov_params()
    factor = lambda m: m / (m - 1)
    sides = []
    for at, mask in enumerate([own, ~own]):
        n, m, p = mask.sum(), len(np.unique(codes[mask])), hit[mask].mean()
        if p in (0, 1):
            effect = (np.unique(codes[mask], return_counts=True)[1] ** 2).sum() / n
        else:
            effect = max(1, factor(m) * bare[at, at] / (p * (1 - p) / n))
        z, quantile = norm.ppf(0.5 + level / 2), t.ppf(0.5 + level / 2, m - 1)
        effective = n / effect * (z / quantile) ** 2
        low, high = proportion_confint(p * effective, effective, alpha=1 - level, method="wilson")
        sides.append((p, low, high, effect, m))
    (p, low_p, high_p, effect_p, m_p), (q, low_q, high_q, effect_q, m_q) = sides
    scale = np.sqrt(factor(m_p) * bare[0, 0] * factor(m_q) * bare[1, 1])
    r = 0 if scale == 0 else np.clip(factor(len(np.unique(codes))) * bare[0, 1] / scale, -1, 1)
    down, up = (p - low_p, high_q - q), (high_p - p, q - low_q)
    away = lambda a, b: np.sqrt(a * a + b * b - 2 * r * a * b)
    return {
        "difference": p - q,
        "low": p - q - away(*down),
        "high": p - q + away(*up),
        "designEffects": [effect_p, effect_q],
        "clusters": [m_p, m_q],
        "correlation": r,
    }


def fairness():
    rng = np.random.default_rng(5)
    return [
        rates("a cluster in one group", rng, 120, 7, False, 0.0),
        rates("clusters in both", rng, 90, 9, True, -0.5),
        rates("clusters of one row", rng, 300, 1, False, 0.2),
        rates("a rate of 0", rng, 80, 4, True, -9),
    ]


def obuchowski():
    """By the definition, a cluster at a time: variances of both AUCs, less twice their covariance."""
    rng = np.random.default_rng(13)
    codes, lean = clustered(rng, 60, 4)
    truth = (rng.random(len(codes)) < norm.cdf(0.7 * lean)).astype(int)
    a = (truth + 0.6 * lean + rng.normal(0, 1.2, len(codes))).round(1)  # rounded: with ties
    b = (truth + 0.3 * lean + rng.normal(0, 1.6, len(codes))).round(1)

    def parts(scores):
        pairs = scores[truth == 1][:, None] - scores[truth == 0][None, :]
        kernel = np.where(pairs > 0, 1.0, np.where(pairs == 0, 0.5, 0.0))
        return kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)

    ups, downs = codes[truth == 1], codes[truth == 0]
    m, n, clusters = len(ups), len(downs), len(np.unique(codes))

    def covariance(one, other):
        (auc, up, down), (auc2, up2, down2) = one, other
        s10 = s01 = s11 = 0
        with_up, with_down = len(np.unique(ups)), len(np.unique(downs))
        for code in np.unique(codes):
            here_up, here_down = ups == code, downs == code
            x, y = up[here_up].sum() - here_up.sum() * auc, up2[here_up].sum() - here_up.sum() * auc2
            v, w = down[here_down].sum() - here_down.sum() * auc, down2[here_down].sum() - here_down.sum() * auc2
            s10 += x * y
            s01 += v * w
            s11 += x * w + v * y
        return (
            with_up / (with_up - 1) * s10 / m**2
            + with_down / (with_down - 1) * s01 / n**2
            + clusters / (clusters - 1) * s11 / (m * n)
        )

    of_a, of_b = parts(a), parts(b)
    variance = covariance(of_a, of_a) + covariance(of_b, of_b) - 2 * covariance(of_a, of_b)
    return {
        "codes": codes.tolist(),
        "truth": truth.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "difference": of_a[0] - of_b[0],
        "standardError": np.sqrt(variance),
    }


def mcnemar():
    """Every way in which clusters could have come out; for many clusters Obuchowski's statistic."""
    rng = np.random.default_rng(17)
    cases = [[1, 1, 1, -1, 1], [3, -1, 2, 0, 0, 5, -2, 1], [4, -4], [0, 0], [2] * 12, [7, 1, 1, 1, -3, -2, 6, 1, 1, -1]]
    exact = []
    for d in cases:
        sizes = [abs(one) for one in d if one != 0]
        ways = list(itertools.product([1, -1], repeat=len(sizes)))
        sums = [abs(np.dot(signs, sizes)) for signs in ways] if sizes else [0]
        exact.append({"differences": d, "p": float(np.mean(np.array(sums) >= abs(sum(d))))})
    many = rng.integers(-2, 4, 4000)
    z = many.sum() / np.sqrt((many**2).sum())
    return {"exact": exact, "many": {"differences": many.tolist(), "p": 2 * norm.sf(abs(z))}}


def student():
    return {
        "quantiles": [[l, f, t.ppf(0.5 + l / 2, f)] for l in [0.9, 0.95, 0.9875] for f in [29, 60, 1000, 200000]],
        "p": [[x, f, 2 * t.sf(x, f)] for x in [0, 0.7, 2.5, 9] for f in [29, 60, 1000, 200000]],
    }


answers = {f.__name__: f() for f in [mean_difference, fairness, obuchowski, mcnemar, student]}
OUT.write_text(json.dumps(answers, default=float) + "\n")
