"""Wraps an ONNX file as an MLflow model with a signature.

    python save_model.py <model.onnx> <folder>
"""

from __future__ import annotations

import sys

import mlflow.onnx
import numpy as np
import onnx
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

FEATURES = 30
OPTIONS = {"intra_op_num_threads": 1, "inter_op_num_threads": 1, "log_severity_level": 3}


def main(graph: str, folder: str) -> None:
    """Saves to a folder that must not exist."""
    signature = ModelSignature(inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, FEATURES), "features")]))
    mlflow.onnx.save_model(
        onnx.load(graph),
        folder,
        signature=signature,
        onnx_execution_providers=["CPUExecutionProvider"],
        onnx_session_options=OPTIONS,
        pip_requirements=["onnxruntime"],
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
