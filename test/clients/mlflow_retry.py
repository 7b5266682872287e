"""
Registers a model through a gateway that gives up on the first registration, with an unmodified MLflow client. The last line is
what was seen, as JSON.

    python mlflow_retry.py <model> <graph.onnx>
"""
import json
import sys

import mlflow
import onnx
from mlflow import MlflowClient

name, graph = sys.argv[1], sys.argv[2]
keyword = "name" if mlflow.__version__.startswith("3") else "artifact_path"
with mlflow.start_run() as run:
    mlflow.onnx.log_model(onnx.load(graph), **{keyword: "model"}, registered_model_name=name, await_registration_for=120)
versions = MlflowClient().search_model_versions(f"name = '{name}'")
print(json.dumps({"versions": [[v.version, v.status, v.run_id == run.info.run_id] for v in versions]}))
