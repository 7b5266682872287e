"""Writes model directories as MLflow itself does, for test/upload/mlflow-directories.test.ts.

    pip install -r test/oracles/mlflow_requirements.txt
    python test/oracles/mlflow_models.py test/oracles/fixtures/mlflow
"""

import shutil
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
FOLDER = Path(sys.argv[1])
shutil.rmtree(FOLDER, ignore_errors=True)

AGES = pd.DataFrame({"age": [30.0, 40.0, 50.0, 60.0], "income": [1.0, 2.0, 3.0, 4.0]})
REPAID = np.array([0, 1, 0, 1])
MATRIX = AGES.to_numpy(dtype=np.float32)
classifier = LogisticRegression().fit(MATRIX, REPAID)
graph = to_onnx(classifier, MATRIX[:1], options={"zipmap": False})


def save(name, model, **options):
    mlflow.onnx.save_model(model, FOLDER / name, **options)


def named_inputs():
    """age and income as inputs of their own, one row each."""
    column = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"])
    return helper.make_model(
        helper.make_graph([helper.make_node("Add", ["age", "income"], ["sum"])], "sum", [column("age"), column("income")], [column("sum")]),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def wide():
    """Weights of over 1,024 bytes, which ONNX puts beside the graph when it is asked to."""
    weights = numpy_helper.from_array(np.ones((2, 300), dtype=np.float32), "w")
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("MatMul", ["x", "w"], ["y"])],
            "wide",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 300])],
            [weights],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


# A signature of columns and an example, as the documentation shows; labels are inferred without a name.
save("columns", graph, signature=infer_signature(AGES, REPAID), input_example=AGES[:1])
# A signature of the one tensor, in NumPy's own double precision.
save("tensor", graph, signature=infer_signature(AGES.to_numpy(), {"label": REPAID}))
# No signature at all.
save("bare", graph)
# A frame whose columns are inputs of the graph.
save("named-inputs", named_inputs(), signature=infer_signature(AGES.astype("float32")))
save("external-data", wide(), save_as_external_data=True)
# What else people log.
mlflow.sklearn.save_model(classifier, FOLDER / "sklearn", serialization_format="cloudpickle")
# Registration never gets as far as the pickle: its name is enough.
(FOLDER / "sklearn" / "model.pkl").write_text("a pickle")
