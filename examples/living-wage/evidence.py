"""The three sequential tests of the story in numpy, written apart from the platform's own so as to check it.

Losses are 0/1 errors. Sources: Shin, Ramdas, Rinaldo, "E-detectors"; Waudby-Smith et al. for the asymptotic
confidence sequence of a difference of means, with GrowthBook's half-width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

ALPHA = 0.05
BET_FRACTIONS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8])
MINIMUM_PAIRS = 300
MINIMUM_OUTCOMES_PER_ARM = 200
MINIMUM_LOSSES_PER_ARM = 10
TUNED_FOR_OUTCOMES = 5_000
DETECTOR_BETS = np.array([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
WILSON_Z = 1.6448536269514722
"""One-sided 95 %."""


def rows_to_not_worse(champion: np.ndarray, challenger: np.ndarray, margin: float) -> int | None:
    """Pairs until "not worse than by margin" (mixed e-process >= 1/alpha), or None."""
    bets = BET_FRACTIONS / (1 - margin)
    difference = champion - challenger
    log_wealth = np.cumsum(np.log1p(np.outer(difference + margin, bets)), axis=0)
    mix = np.exp(log_wealth).mean(axis=1)
    reached = np.flatnonzero((mix >= 1 / ALPHA) & (np.arange(1, len(mix) + 1) >= MINIMUM_PAIRS))
    return int(reached[0]) + 1 if len(reached) else None


def half_width(outcomes: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Half-width of the two-sided asymptotic confidence sequence after so many outcomes of both arms."""
    rho2 = (-2 * math.log(ALPHA) + math.log(-2 * math.log(ALPHA) + 1)) / TUNED_FOR_OUTCOMES
    scaled = outcomes * rho2 + 1
    return sigma * np.sqrt(2 * scaled / (outcomes**2 * rho2) * np.log(np.sqrt(scaled) / ALPHA))


def rows_to_worse(losses: np.ndarray, is_challenger: np.ndarray, share: float, margin: float) -> int | None:
    """Outcomes of both arms until the challenger's loss is higher by more than the margin, or None."""
    outcomes = np.arange(1, len(losses) + 1)
    challenger = _arm(losses, is_challenger)
    champion = _arm(losses, ~is_challenger)
    enough = np.ones(len(losses), dtype=bool)
    for count, total in (challenger, champion):
        enough &= (count >= MINIMUM_OUTCOMES_PER_ARM) & (total >= MINIMUM_LOSSES_PER_ARM)
    if not enough.any():
        return None
    variance = _sample_variance(*challenger) / share + _sample_variance(*champion) / (1 - share)
    difference = challenger[1] / np.maximum(challenger[0], 1) - champion[1] / np.maximum(champion[0], 1)
    worse = enough & (difference - half_width(outcomes, np.sqrt(variance)) > margin)
    reached = np.flatnonzero(worse)
    return int(reached[0]) + 1 if len(reached) else None


def _arm(losses: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Running number of outcomes, and of losses, of one arm."""
    return np.cumsum(member), np.cumsum(losses * member)


def _sample_variance(count: np.ndarray, total: np.ndarray) -> np.ndarray:
    mean = total / np.maximum(count, 1)
    return mean * (1 - mean) * count / np.maximum(count - 1, 1)


def tolerated_loss(losses: np.ndarray) -> float:
    """m = max(1.1 p, one-sided 95 % Wilson upper bound) of a baseline of 0/1 losses."""
    n, p = len(losses), float(losses.mean())
    centre = p + WILSON_Z**2 / (2 * n)
    spread = WILSON_Z * math.sqrt(p * (1 - p) / n + WILSON_Z**2 / (4 * n**2))
    return max(1.1 * p, (centre + spread) / (1 + WILSON_Z**2 / n))


def baselines(losses: np.ndarray, truths: np.ndarray) -> dict[str, float]:
    """Tolerated loss of the three streams: overall, and given each true class."""
    result = {"overall": tolerated_loss(losses)}
    for name in np.unique(truths):
        result[str(name)] = tolerated_loss(losses[truths == name])
    return result


def detector_log_mix(
    losses: np.ndarray, truths: Sequence[str], tolerated: Mapping[str, float], batch_rows: int
) -> list[float]:
    """ln(mix) of the e-detector at the close of each batch; the last, unfinished batch is left out."""
    truth_of = np.asarray(truths)
    bets = {name: _bets(m) for name, m in tolerated.items()}
    wealth = {name: np.zeros(len(bets[name])) for name in tolerated}
    result = []
    for start in range(0, len(losses) - batch_rows + 1, batch_rows):
        batch = slice(start, start + batch_rows)
        for name, m in tolerated.items():
            rows = losses[batch] if name == "overall" else losses[batch][truth_of[batch] == name]
            growth = np.log1p(np.outer(rows - m, bets[name])).sum(axis=0)
            wealth[name] = np.maximum(wealth[name], 0.0) + growth
        result.append(float(np.log(np.mean([np.exp(value).mean() for value in wealth.values()]))))
    return result


def _bets(m: float) -> np.ndarray:
    bets = DETECTOR_BETS / (1 - m)
    return bets[bets < 0.95 / m]
