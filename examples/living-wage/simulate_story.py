"""Replays stream.csv with the committed ONNX files and prints each verdict and after how many rows it falls.

    python simulate_story.py          # exits with 1 if the story no longer holds

What depends on routing is replayed under 200 rollout ids; a canary step gets all rows of its stretch. Needs
requirements.txt.
"""

from __future__ import annotations

import hashlib
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evidence import baselines, detector_log_mix, rows_to_not_worse, rows_to_worse
from living_wage import CLASSES, Row, features, read_rows, truths, write_rows
from retrain import Lineage, retrain
from train import VERSIONS, predict

HERE = Path(__file__).parent
STRETCHES = ("A", "B", "C", "D")
ROLLOUTS = 200
MARGIN = 0.10
"""Of the champion's loss on its evaluation data."""
BATCH_ROWS = 100
ALARM, EARLY_ALARM = 3650, 100
"""The default threshold of the e-detector, and the lower one that the story's policy may use."""
MOST_SHADOW_ROWS, MOST_CANARY_ROWS, MOST_DRIFT_ROWS = 800, 1500, 1500

Losses = dict[int, np.ndarray]


@dataclass(frozen=True)
class Line:
    """One line of the printed table."""

    step: str
    expected: str
    result: str
    holds: bool


def errors(model: Path, rows: list[Row]) -> np.ndarray:
    """0/1 loss of each row."""
    labels, _ = predict(model, features(rows))
    return (labels != truths(rows)).astype(float)


def model_of(version: int) -> Path:
    """The committed ONNX file of a version."""
    return VERSIONS / str(version) / "model.onnx"


def routed(rows: list[Row], rollout: int, weight: float) -> np.ndarray:
    """Whether the challenger answers each row: the platform's hash of rollout id and routing key (the person)."""
    digests = (hashlib.sha256(f"rollout-{rollout}\0{row['person']}".encode()).digest() for row in rows)
    return np.array([int.from_bytes(digest[:8], "big") / 2**64 < weight for digest in digests])


def shadow(rows: list[Row], champion: int, challenger: int, margin: float) -> int | None:
    """Rows until the challenger is "not worse" than the champion on the same requests."""
    return rows_to_not_worse(errors(model_of(champion), rows), errors(model_of(challenger), rows), margin)


def canaries(rows: list[Row], champion: int, challenger: int, weight: float, margin: float) -> list[int | None]:
    """Rows until "worse" at one canary step, under each rollout id."""
    losses = {version: errors(model_of(version), rows) for version in (champion, challenger)}
    result = []
    for rollout in range(ROLLOUTS):
        member = routed(rows, rollout, weight)
        result.append(rows_to_worse(np.where(member, losses[challenger], losses[champion]), member, weight, margin))
    return result


def champion_rows(stream: dict[str, list[Row]], rollout: int, rolled_back_after: int | None) -> list[tuple[str, Row]]:
    """The rows that version 2 answers from its promotion on: B, its half of C until the rollback, then all."""
    member = routed(stream["C"], rollout, 0.5)
    cut = len(member) if rolled_back_after is None else rolled_back_after
    own = [row for number, row in enumerate(stream["C"]) if number >= cut or not member[number]]
    return [("B", row) for row in stream["B"]] + [("C", row) for row in own] + [("D", row) for row in stream["D"]]


def detect(answered: list[tuple[str, Row]], tolerated: dict[str, float]) -> tuple[float, float, dict[int, int | None]]:
    """Largest ln(mix) in B and in C, and for each threshold the rows of D until the alarm (None: before D)."""
    rows = [row for _, row in answered]
    log_mix = detector_log_mix(errors(model_of(2), rows), truths(rows).tolist(), tolerated, BATCH_ROWS)
    start = {name: sum(stretch < name for stretch, _ in answered) for name in ("C", "D")}
    closes = [(number + 1) * BATCH_ROWS for number in range(len(log_mix))]
    in_b = max(mix for mix, close in zip(log_mix, closes) if close <= start["C"])
    in_c = max(mix for mix, close in zip(log_mix, closes) if start["C"] < close <= start["D"])
    alarms: dict[int, int | None] = {}
    for threshold in (ALARM, EARLY_ALARM):
        first = next((close for mix, close in zip(log_mix, closes) if mix >= math.log(threshold)), None)
        alarms[threshold] = first - start["D"] if first is not None and first > start["D"] else None
    return in_b, in_c, alarms


def refresh(observed: list[Row], later: list[Row]) -> tuple[str, float, float, int | None]:
    """Retrains on the observed rows; summary, loss of versions 4 and 2 on later rows, rows to "not worse" there."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_rows(folder / "observations.csv", list(observed[0]), observed)
        summary = retrain(folder / "observations.csv", folder / "upload", Lineage(parent=2))
        new = errors(folder / "upload" / "model.onnx", later)
    old = errors(model_of(2), later)
    not_worse = rows_to_not_worse(old, new, MARGIN * float(old.mean()))
    return summary.split(", wrote")[0], float(new.mean()), float(old.mean()), not_worse


def story() -> list[Line]:
    """All steps in order."""
    rows = read_rows(HERE / "stream.csv")
    stream = {name: [row for row in rows if row["stretch"] == name] for name in STRETCHES}
    evaluation = {version: read_rows(VERSIONS / str(version) / "evaluation.csv") for version in (1, 2, 3)}
    print_losses(stream, evaluation)
    margins = {version: MARGIN * float(errors(model_of(version), evaluation[version]).mean()) for version in (1, 2)}
    lines = []

    first = shadow(stream["A"], 1, 2, margins[1])
    lines.append(_reached("A: v2 in shadow of v1", "not worse", first, MOST_SHADOW_ROWS))
    for weight in (0.2, 0.5):
        lines.append(_never_worse(f"A: v2 at canary {weight:.0%}", canaries(stream["A"], 1, 2, weight, margins[1])))

    second = shadow(stream["B"], 2, 3, margins[2])
    lines.append(_reached("B: v3 in shadow of v2", "not worse", second, MOST_SHADOW_ROWS))
    for weight in (0.2, 0.5):
        lines.append(_never_worse(f"B: v3 at canary {weight:.0%}", canaries(stream["B"], 2, 3, weight, margins[2])))

    verdicts = canaries(stream["C"], 2, 3, 0.5, margins[2])
    lines.append(_worse("C: v3 at canary 50%", verdicts, len(stream["C"])))
    lines += _drift(stream, evaluation[2], verdicts)
    return lines


def _drift(stream: dict[str, list[Row]], evaluation: list[Row], verdicts: list[int | None]) -> list[Line]:
    tolerated = baselines(errors(model_of(2), evaluation), truths(evaluation))
    runs = [detect(champion_rows(stream, number, verdict), tolerated) for number, verdict in enumerate(verdicts)]
    quiet_b, quiet_c = max(run[0] for run in runs), max(run[1] for run in runs)
    lines = [
        Line("B: v2 as champion", "no alarm", f"largest ln(mix) {quiet_b:.1f}", quiet_b < math.log(EARLY_ALARM)),
        Line("C: v2 as champion", "no alarm", f"largest ln(mix) {quiet_c:.1f}", quiet_c < math.log(ALARM)),
    ]
    for threshold in (ALARM, EARLY_ALARM):
        alarms = [run[2][threshold] for run in runs]
        found = [alarm for alarm in alarms if alarm is not None]
        early = len(alarms) - len(found)
        result = f"after {_span(found)} rows of D" + (f"; already in C in {early} of {ROLLOUTS}" if early else "")
        holds = bool(found) and max(found) <= MOST_DRIFT_ROWS and (threshold != ALARM or early == 0)
        lines.append(Line(f"D: v2 as champion, A = {threshold} (ln {math.log(threshold):.1f})", "alarm", result, holds))
    seen = max(alarm for run in runs if (alarm := run[2][ALARM]) is not None)
    observed = stream["A"] + stream["B"] + stream["C"] + stream["D"][:seen]
    later = stream["D"][seen:]
    summary, new, old, not_worse = refresh(observed, later)
    text = f"{summary}; later {len(later)} rows: error v4 {new:.3f}, v2 {old:.3f}"
    lines.append(Line("D: v4, retrained at the alarm", "better than v2", text, new < old))
    lines.append(_reached("D: v4 in shadow of v2", "not worse", not_worse, MOST_SHADOW_ROWS))
    return lines


def _reached(step: str, verdict: str, rows: int | None, most: int) -> Line:
    result = "not reached" if rows is None else f"after {rows} rows"
    return Line(step, f"{verdict}, within {most}", result, rows is not None and rows <= most)


def _never_worse(step: str, verdicts: list[int | None]) -> Line:
    worse = sum(verdict is not None for verdict in verdicts)
    return Line(step, "never worse", f"worse in {worse} of {len(verdicts)} rollouts", worse == 0)


def _worse(step: str, verdicts: list[int | None], rows: int) -> Line:
    found = [verdict for verdict in verdicts if verdict is not None]
    missing = len(verdicts) - len(found)
    result = f"after {_span(found)} of {rows} rows" + (f"; not in {missing} of {ROLLOUTS}" if missing else "")
    return Line(step, f"worse, within {MOST_CANARY_ROWS}", result, len(found) == len(verdicts))


def _span(values: list[int]) -> str:
    if not values:
        return "no number of"
    low, middle, high = min(values), int(np.median(values)), max(values)
    return f"{middle}" if low == high else f"{middle} ({low} to {high})"


def print_losses(stream: dict[str, list[Row]], evaluation: dict[int, list[Row]]) -> None:
    """Error of every version on its own evaluation data, on version 3's, and on each stretch."""
    columns = ["own evaluation", "v3's evaluation", *STRETCHES]
    print("| error of | " + " | ".join(columns) + " |\n| --- |" + " --- |" * len(columns))
    for version in (1, 2, 3):
        parts = [evaluation[version], evaluation[3], *stream.values()]
        cells = [f"{errors(model_of(version), part).mean():.3f}" for part in parts]
        print(f"| version {version} | " + " | ".join(cells) + " |")
    share = [f"{np.mean(truths(part) == CLASSES[1]):.3f}" for part in stream.values()]
    print("| truth `below` | | | " + " | ".join(share) + " |")
    print("| rows | | | " + " | ".join(str(len(part)) for part in stream.values()) + " |\n")


def main() -> None:
    """Prints the tables; exits with 1 if a step does not hold."""
    lines = story()
    print("| step | expected | result | holds |\n| --- | --- | --- | --- |")
    for line in lines:
        print(f"| {line.step} | {line.expected} | {line.result} | {'yes' if line.holds else 'NO'} |")
    sys.exit(0 if all(line.holds for line in lines) else 1)


if __name__ == "__main__":
    main()
