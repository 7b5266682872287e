"""ONNX Runtime as a BentoML service of one worker; what it offers to switch off beside the prediction is off."""

from __future__ import annotations

import os

import bentoml
import numpy as np
import onnxruntime

QUIET = {"access": {"enabled": False}}


@bentoml.service(workers=1, threads=1, metrics={"enabled": False}, logging=QUIET, traffic={"timeout": 30})
class Scoring:
    """Answers `{"features": [[…]]}` with both outputs of the graph."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            os.environ["MODEL_FILE"], options, providers=["CPUExecutionProvider"]
        )

    @bentoml.api
    async def predict(self, features: np.ndarray) -> dict[str, list]:
        """On the event loop: BentoML hands plain functions to a thread, which costs more than the run itself."""
        label, probabilities = self.session.run(None, {"features": features.astype(np.float32)})
        return {"label": label.tolist(), "probabilities": probabilities.tolist()}
