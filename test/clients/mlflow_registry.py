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

seen["odd names"] = [refused(lambda name=name: client.create_registered_model(name)) for name in ("a/b", "a:b")]
seen["another case"] = refused(lambda: client.create_registered_model(name.upper()))
seen["stages"] = [v.version for v in client.get_latest_versions(name)] + client.get_latest_versions(name, ["Production"])
seen["transition"] = refused(lambda: client.transition_model_version_stage(name, "1", "Production"))
seen["aliases refused"] = [
    refused(lambda alias=alias: client.set_registered_model_alias(name, alias, "1")) for alias in ("latest", "v3", "Champion")
]
client.set_model_version_tag(name, "1", "ключ/a b", "ß" * 5000)
seen["odd tag"] = client.get_model_version(name, "1").tags["ключ/a b"] == "ß" * 5000
seen["tag too long"] = [
    refused(lambda: client.set_model_version_tag(name, "1", "k", "x" * 5001)),
    refused(lambda: client.set_registered_model_tag(name, "k" * 251, "x")),
]

# A copy of the version, under another name, and its deletion.
copied = client.copy_model_version(f"models:/{name}/1", f"{name}-copy")
seen["copy"] = [copied.version, copied.source == f"models:/{name}/1", copied.run_id == run.info.run_id, copied.tags["ключ/a b"][:1]]
seen["copied again"] = client.copy_model_version(f"models:/{name}/1", f"{name}-copy").version
seen["copy loaded"] = mlflow.onnx.load_model(f"models:/{name}-copy/1").SerializeToString() == proto.SerializeToString()
client.set_registered_model_alias(f"{name}-copy", "mine", "1")


def everything(search, **asked):
    """All that a search finds, page by page, as an iteration over its tokens."""
    page = search(**asked)
    found = list(page)
    while page.token:
        page = search(page_token=page.token, **asked)
        found += page
    return found


mine = f"name LIKE '{name}%'"
for order in (["name DESC"], ["last_updated_timestamp DESC", "name"], None):
    for most in (1, 100):
        names = [m.name for m in everything(client.search_registered_models, filter_string=mine, order_by=order, max_results=most)]
        seen[f"models by {order}, {most}"] = sorted(names)
        rows = everything(client.search_model_versions, filter_string=mine, order_by=order, max_results=most)
        seen[f"versions by {order}, {most}"] = sorted(f"{v.name}/{v.version}" for v in rows)
seen["latest first"] = [v.version for v in client.search_model_versions(f"name = '{name}'", order_by=["version_number DESC"])]
seen["wrong order"] = refused(lambda: client.search_model_versions(mine, order_by=["colour ASC"]))
client.delete_model_version(f"{name}-copy", "1")
seen["version gone"] = refused(lambda: client.get_model_version(f"{name}-copy", "1"))
seen["alias gone"] = client.get_registered_model(f"{name}-copy").aliases
seen["not found"] = len(client.search_model_versions(f"name = '{name}-copy'"))

if os.environ.get("CHAMPION"):
    while "champion" not in client.get_registered_model(name).aliases:
        time.sleep(0.2)
    seen["champion loaded"] = mlflow.onnx.load_model(f"models:/{name}@champion") is not None
    seen["delete serving"] = refused(lambda: client.delete_registered_model(name))
    seen["delete champion"] = refused(lambda: client.delete_model_version(name, "1"))
print(json.dumps(seen))
