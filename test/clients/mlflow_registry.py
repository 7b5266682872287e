"""
Everything that a data scientist does with an unmodified MLflow client: logs a run, logs and registers a model, waits, searches, tags, aliases, loads. What
`contender login` prints is in the environment. The last line is what was seen, as JSON.

    python mlflow_registry.py <model> <graph.onnx> <evaluation rows: JSON list of lists>
"""
import json
import os
import sys
import time

import mlflow
import numpy as np
import onnx
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature

name, graph, rows = sys.argv[1], sys.argv[2], np.asarray(json.loads(sys.argv[3]), dtype=np.float32)
seen = {"version": mlflow.__version__}
client = MlflowClient()


def refused(call):
    try:
        call()
    except MlflowException as error:
        return f"{error.error_code}: {error.message}"
    return None


mlflow.set_experiment(f"experiment of {name}")
proto = onnx.load(graph)
with mlflow.start_run(run_name="first") as run:
    mlflow.log_params({"trees": 300, "rate": 0.1})
    for step in range(3):
        mlflow.log_metric("auc", 0.7 + step / 100, step=step)
    mlflow.log_metric("loss", float("nan"))
    mlflow.set_tag("team", "risk")
    keyword = "name" if mlflow.__version__.startswith("3") else "artifact_path"
    info = mlflow.onnx.log_model(
        proto,
        **{keyword: "model"},
        signature=infer_signature(rows, None),
        registered_model_name=name,
        await_registration_for=120,
    )
found = client.get_run(run.info.run_id)
seen["run"] = {"params": found.data.params, "auc": found.data.metrics["auc"], "status": found.info.status}
seen["history"] = [m.value for m in client.get_metric_history(run.info.run_id, "auc")]
seen["runs"] = len(mlflow.search_runs(filter_string="metrics.auc > 0.715 AND tags.team = 'risk'"))
first = client.get_model_version(name, "1")
seen["first"] = {"status": first.status, "run": first.run_id == run.info.run_id}

again = mlflow.register_model(info.model_uri, name, await_registration_for=120)
seen["again"] = again.version
seen["loaded"] = np.asarray(mlflow.onnx.load_model(f"models:/{name}/1").SerializeToString() == proto.SerializeToString()).item()
predicted = mlflow.pyfunc.load_model(f"models:/{name}/1").predict(rows)
seen["predicted"] = sorted(predicted)

client.set_registered_model_tag(name, "owner", "ada")
client.update_registered_model(name, "who earns enough to live on")
client.set_model_version_tag(name, "1", "reviewed", "yes")
client.update_model_version(name, "1", "the first one")
client.set_registered_model_alias(name, "candidate", "1")
seen["alias"] = client.get_model_version_by_alias(name, "candidate").version
seen["by alias"] = mlflow.onnx.load_model(f"models:/{name}@candidate") is not None
model = client.get_registered_model(name)
seen["model"] = {"tags": model.tags, "description": model.description, "aliases": model.aliases}
seen["searched"] = [m.name for m in client.search_registered_models(f"name = '{name}' AND tags.owner = 'ada'")]
seen["versions"] = [
    [v.version, v.tags, v.description] for v in client.search_model_versions(f"name='{name}' AND tags.reviewed = 'yes'")
]
seen["elsewhere"] = len(client.search_model_versions("tags.reviewed = 'never'"))
client.delete_registered_model_alias(name, "candidate")
client.delete_model_version_tag(name, "1", "reviewed")

seen["champion"] = refused(lambda: client.set_registered_model_alias(name, "champion", "1"))
seen["rename"] = refused(lambda: client.rename_registered_model(name, f"{name}-2"))
seen["wrong filter"] = refused(lambda: client.search_registered_models("name ~ 'x'"))
seen["no model"] = refused(lambda: client.get_registered_model(f"{name}-none"))
seen["foreign source"] = refused(lambda: client.create_model_version(name, "s3://elsewhere/model"))
client.create_registered_model(f"{name}-gone")
seen["twice"] = refused(lambda: client.create_registered_model(f"{name}-gone"))
client.delete_registered_model(f"{name}-gone")
seen["gone"] = refused(lambda: client.get_registered_model(f"{name}-gone"))

if os.environ.get("CHAMPION"):
    while "champion" not in client.get_registered_model(name).aliases:
        time.sleep(0.2)
    seen["champion loaded"] = mlflow.onnx.load_model(f"models:/{name}@champion") is not None
print(json.dumps(seen))
