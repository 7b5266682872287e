"""
Loads versions that were uploaded without an MLmodel with an unmodified MLflow client, and predicts on a frame of their columns.
The last line is what was seen, as JSON.

    python mlflow_generated.py <JSON: {"wide": {"uri", "columns"}, "narrow": …, "bare": …, "hosted": {"uri"}}> <rows: JSON list of lists>
"""
import json
import sys

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import get_model_info

given, rows = json.loads(sys.argv[1]), json.loads(sys.argv[2])
seen = {"version": mlflow.__version__}


def refused(call):
    try:
        call()
    except MlflowException as error:
        return str(error)
    return None


def predicted(answer):
    return {name: np.asarray(values).tolist() for name, values in dict(answer).items()}


for what in ("wide", "narrow", "bare"):
    uri, columns = given[what]["uri"], given[what]["columns"]
    width = len(columns)
    numbers = [(row * 2)[:width] for row in rows]
    frame = pd.DataFrame(numbers, columns=columns).astype("float64")
    graph = mlflow.onnx.load_model(uri)
    model = mlflow.pyfunc.load_model(uri)
    info = get_model_info(uri)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    direct = session.run(None, {session.get_inputs()[0].name: frame.to_numpy(dtype=np.float32)})
    right = [np.asarray(values).tolist() for values in direct]
    if what == "narrow":
        right = [np.asarray(values).reshape(-1).tolist() for values in direct]
    seen[what] = {
        "outputs": sorted(predicted(model.predict(frame))),
        "right": list(predicted(model.predict(frame)).values()) == right,
        "signature": info.signature.inputs.to_dict() if info.signature else None,
        "metadata": info.metadata["contender"]["columns"],
    }
    if what == "narrow":
        # Names lead, and not places.
        seen["turned"] = predicted(model.predict(frame[columns[::-1]])) == predicted(model.predict(frame))
        seen["lacking"] = refused(lambda: model.predict(frame.drop(columns=columns[:1])))
    else:
        seen[f"{what} as array"] = predicted(model.predict(frame.to_numpy())) == predicted(model.predict(frame))
seen["requirements"] = open(mlflow.artifacts.download_artifacts(given["wide"]["uri"] + "/requirements.txt")).read().split()
if "hosted" in given:
    seen["hosted"] = [
        refused(lambda: mlflow.pyfunc.load_model(given["hosted"]["uri"])),
        refused(lambda: mlflow.onnx.load_model(given["hosted"]["uri"])),
    ]
    seen["hosted file"] = mlflow.artifacts.download_artifacts(given["hosted"]["uri"] + "/contender.yaml").endswith("contender.yaml")
print(json.dumps(seen))
