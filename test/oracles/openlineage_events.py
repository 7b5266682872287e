"""
Takes Contender's events through the classes of OpenLineage's own client, facet by facet, and writes what these serialise to
test/oracles/fixtures/openlineage/client.json. The schemas in spec/ beside it are those of github.com/OpenLineage/OpenLineage at
8f02abfb7a252783b95df79f443edb13959bf52c (Apache-2.0).

    npx tsx test/exports/write-openlineage-events.ts
    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/openlineage_requirements.txt
    /tmp/oracle/bin/python test/oracles/openlineage_events.py
"""
import importlib
import json
import pkgutil
import re
from pathlib import Path

import attr
from openlineage.client import event_v2, generated
from openlineage.client.serde import Serde

FOLDER = Path(__file__).parent / "fixtures/openlineage"

modules = [importlib.import_module(f"{generated.__name__}.{module.name}") for module in pkgutil.iter_modules(generated.__path__)]
CLASSES = {
    cls._get_schema(): (cls, module)
    for module in modules
    for cls in vars(module).values()
    if isinstance(cls, type) and hasattr(cls, "_get_schema") and cls.__module__ == module.__name__
}


def built(cls, module, value):
    """An object of the client's class, with what is nested in it; a key that the class does not have is an error."""
    hints = {field.name: str(field.type) for field in attr.fields(cls)}
    nested = [name for name in vars(module) if attr.has(getattr(module, name)) and getattr(module, name) is not cls]

    def child(name, content):
        found = [getattr(module, one) for one in nested if re.search(rf"\b{one}\b", hints[name])]
        if not found:
            return content
        if isinstance(content, list):
            return [built(found[0], module, one) for one in content]
        if hints[name].startswith("dict"):
            return {key: built(found[0], module, one) for key, one in content.items()}
        return built(found[0], module, content)

    return cls(**{name.removeprefix("_"): child(name, content) for name, content in value.items()})


def facets(given):
    made = {}
    for name, facet in given.items():
        cls, module = CLASSES[facet["_schemaURL"]]
        fields = {key: value for key, value in facet.items() if key != "_schemaURL"}
        made[name] = built(cls, module, fields)
    return made


def event(given):
    run, job = given["run"], given["job"]
    return event_v2.RunEvent(
        eventType=event_v2.RunState[given["eventType"]],
        eventTime=given["eventTime"],
        producer=given["producer"],
        run=event_v2.Run(runId=run["runId"], facets=facets(run["facets"])),
        job=event_v2.Job(namespace=job["namespace"], name=job["name"], facets=facets(job["facets"])),
        inputs=[
            event_v2.InputDataset(
                namespace=one["namespace"], name=one["name"], facets=facets(one["facets"]), inputFacets=facets(one.get("inputFacets", {}))
            )
            for one in given["inputs"]
        ],
        outputs=[
            event_v2.OutputDataset(
                namespace=one["namespace"], name=one["name"], facets=facets(one["facets"]), outputFacets=facets(one.get("outputFacets", {}))
            )
            for one in given["outputs"]
        ],
    )


UNGIVEN = {"inputFacets": {}, "outputFacets": {}, "params": {}, "quantiles": {}, "fields": []}


def without_empty(value):
    """The client writes as empty what nobody gave."""
    if isinstance(value, dict):
        pairs = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in pairs.items() if name not in UNGIVEN or one != UNGIVEN[name]}
    return [without_empty(one) for one in value] if isinstance(value, list) else value


given = json.loads((FOLDER / "events.json").read_text())
written = [without_empty(json.loads(Serde.to_json(event(one)))) for one in given]
(FOLDER / "client.json").write_text(json.dumps(written, indent=1) + "\n")
print("the same" if written == given else "they differ")
