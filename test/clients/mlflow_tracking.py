"""
What unmodified MLflow clients log of runs and logged models, read back by the same client, and the lineage that a version gets
from it. What `contender login` prints is in the environment. The last line is what was seen, as JSON.

    python mlflow_tracking.py <model> <graph.onnx>
"""
import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import onnx
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

name, graph = sys.argv[1], sys.argv[2]
is3 = mlflow.__version__.startswith("3")
seen = {"version": mlflow.__version__}
client = MlflowClient()


def refused(call):
    try:
        call()
    except MlflowException as error:
        return f"{error.error_code}: {error.message}"
    return None


experiment = client.create_experiment(f"tracking of {name} / 实验 #1", tags={"team": "risk"})
mlflow.set_experiment(experiment_id=experiment)
seen["experiment twice"] = refused(lambda: client.create_experiment(f"tracking of {name} / 实验 #1"))
client.set_experiment_tag(experiment, "stage", "trial")
seen["experiment"] = client.get_experiment(experiment).tags

with mlflow.start_run(run_name="trained") as run:
    run_id = run.info.run_id
    client.set_tag(run_id, "mlflow.source.git.commit", "c0ffee" * 6)
    client.set_tag(run_id, "mlflow.source.git.repoURL", "https://ada:secret@git.example/risk.git")
    mlflow.log_param("depth", 3)
    mlflow.log_param("depth", 3)
    seen["another value"] = refused(lambda: client.log_param(run_id, "depth", 5))
    batch = [Param("depth", "4"), Param("width", "1")]
    seen["another value in a batch"] = refused(lambda: client.log_batch(run_id, params=batch))
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: refused(lambda: client.log_param(run_id, "seed", n)), range(4)))
    seen["won"] = told.count(None)

    data = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)})
    train = mlflow.data.from_pandas(data, source="s3://lake/loans.csv", name=f"loans-{name}")
    mlflow.log_input(train, context="training")
    mlflow.log_input(mlflow.data.from_pandas(data[:5], source="s3://lake/test.csv", name="held"), context="eval")
    seen["digest"] = train.digest

    metrics = [Metric("loss", float(n), 1000 + n, n - 500) for n in range(1000)]
    for _ in range(2):
        client.log_batch(run_id, metrics=metrics, tags=[RunTag("long", "x" * 5000)])
    for value in [math.nan, math.inf, -math.inf, -1.5]:
        mlflow.log_metric("odd", value, step=0)
    seen["no key"] = refused(lambda: client.log_param(run_id, "a/../b", 1))
    info = mlflow.onnx.log_model(onnx.load(graph), **{"name" if is3 else "artifact_path": "model"})
    if is3:
        mlflow.log_metric("auc", 0.8, step=1, model_id=info.model_id)
        mlflow.log_metric("auc", 0.7, step=0, model_id=info.model_id, dataset=train)

found = client.get_run(run_id)
seen["params"] = {key: found.data.params.get(key) for key in ["depth", "width"]}
seen["datasets"] = sorted(
    [i.dataset.name, i.dataset.digest, {t.key: t.value for t in i.tags}["mlflow.data.context"]] for i in found.inputs.dataset_inputs
)
seen["loss"] = [found.data.metrics["loss"], len(client.get_metric_history(run_id, "loss"))]
seen["steps"] = [min(m.step for m in client.get_metric_history(run_id, "loss")), len(found.data.tags["long"])]
seen["odd"] = sorted(str(m.value) for m in client.get_metric_history(run_id, "odd"))

for n in range(30):
    made = client.create_run(experiment, start_time=1_000 + n // 3, run_name=f"r{n}")
    client.log_batch(made.info.run_id, metrics=[Metric("auc", n % 7, 0, 0)], params=[Param("n", str(n))])
    client.set_terminated(made.info.run_id)


def pages(**given):
    runs, token = [], None
    while True:
        page = client.search_runs([experiment], page_token=token, max_results=8, **given)
        runs.extend(page)
        token = page.token
        if not token:
            return runs


everything = pages()
seen["all"] = [len(everything), len({r.info.run_id for r in everything})]
seen["newest first"] = all(a.info.start_time >= b.info.start_time for a, b in zip(everything, everything[1:]))
ordered = pages(filter_string="metrics.auc >= 1 AND params.n != '8'", order_by=["metrics.auc DESC", "attributes.run_name ASC"])
values = [r.data.metrics["auc"] for r in ordered if r.info.run_name != "trained"]
seen["ordered"] = [len({r.info.run_id for r in ordered}), values == sorted(values, reverse=True)]
seen["by dataset"] = [r.info.run_name for r in client.search_runs([experiment], f"dataset.digest = '{train.digest}'")]
seen["frame"] = len(mlflow.search_runs([experiment]))

gone = client.create_run(experiment, run_name="gone").info.run_id
client.delete_run(gone)
seen["deleted"] = [r.info.run_name for r in client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)]
seen["told of after that"] = refused(lambda: client.log_param(gone, "a", 1))
client.restore_run(gone)
client.delete_tag(gone, "mlflow.user") if "mlflow.user" in client.get_run(gone).data.tags else None

if is3:
    logged = mlflow.get_logged_model(info.model_id)
    seen["logged"] = {
        "status": str(logged.status),
        "metrics": sorted([m.key, m.value, m.step, m.dataset_name] for m in logged.metrics if m.key == "auc"),
    }
    client.set_logged_model_tags(info.model_id, {"reviewed": "yes", "by/whom": "ada"})
    client.delete_logged_model_tag(info.model_id, "by/whom")
    other = client.create_logged_model(experiment, name="other", params={"depth": "9"})
    search = lambda **given: [m.name for m in mlflow.search_logged_models([experiment], output_format="list", **given)]
    seen["models"] = {
        "tagged": search(filter_string="tags.reviewed = 'yes'"),
        "metric": search(filter_string="metrics.auc > 0.75"),
        "metric on": search(filter_string="metrics.auc > 0.75", datasets=[{"dataset_name": train.name}]),
        "param": search(filter_string="params.depth = '9'"),
        "ordered": search(order_by=[{"field_name": "metrics.auc", "ascending": False}]),
        "one by one": search(max_results=1),
        "digest": search(filter_string="metrics.auc < 0.75", datasets=[{"dataset_name": train.name, "dataset_digest": train.digest}]),
    }
    client.delete_logged_model(other.model_id)
    seen["no more"] = refused(lambda: client.get_logged_model(other.model_id))

registered = mlflow.register_model(info.model_uri, name, await_registration_for=120)
seen["registered"] = registered.version
seen["run"] = run_id

retired = client.create_experiment(f"retired {name}")
client.rename_experiment(retired, f"retired {name}, renamed")
client.delete_experiment(retired)
seen["retired"] = client.get_experiment_by_name(f"retired {name}, renamed").lifecycle_stage
client.restore_experiment(retired)
seen["found"] = [e.name for e in client.search_experiments(filter_string=f"name LIKE 'retired {name}%'")]
print(json.dumps(seen))
