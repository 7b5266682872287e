"""
Writes what onnxruntime itself says to the evaluation data of a committed example.

    pip install -r test/oracles/evaluation_requirements.txt
    python test/oracles/golden_predictions.py
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[2]
VERSION = ROOT / "examples/diabetes-progression/versions/1"

manifest = yaml.safe_load((VERSION / "contender.yaml").read_text())
data = pd.read_csv(VERSION / manifest["evaluation"]["data"])
session = onnxruntime.InferenceSession(VERSION / "model.onnx")
columns = [column["name"] for column in manifest["inputs"]]
[first] = session.get_inputs()
[said] = session.run(None, {first.name: data[columns].to_numpy(np.float32)})
out = ROOT / "test/evaluation/fixtures/diabetes-progression-1.golden.json"
out.write_text(json.dumps([float(value) for value in said.ravel()]) + "\n")
