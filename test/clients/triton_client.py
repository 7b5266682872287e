"""tritonclient, unmodified: every datatype, as JSON and as bytes, both ways. Prints what it saw as JSON."""
import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

url, token = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
client = triton.InferenceServerClient(url=url.removeprefix("http://"))
headers = {"Authorization": f"Bearer {token}"} if token else {}

KINDS = {
    "bool": np.array([True, False, True]),
    "uint8": np.array([0, 7, 255], np.uint8),
    "uint16": np.array([0, 7, 65535], np.uint16),
    "uint32": np.array([0, 7, 2**32 - 1], np.uint32),
    "uint64": np.array([0, 2**53 + 1, 2**64 - 1], np.uint64),
    "int8": np.array([-128, 0, 127], np.int8),
    "int16": np.array([-(2**15), 0, 2**15 - 1], np.int16),
    "int32": np.array([-(2**31), 0, 2**31 - 1], np.int32),
    "int64": np.array([-(2**63), 2**53 + 1, 2**63 - 1], np.int64),
    "float": np.array([1.5, -0.0, 3.4e38], np.float32),
    "double": np.array([0.1, -1e300, 5e-324], np.float64),
    "string": np.array(["a", "", "naïve \u2603"], dtype=np.object_),
}


def told(array):
    return [x.decode() if isinstance(x, bytes) else x.item() if hasattr(x, "item") else x for x in array]


def given(name, array, binary):
    one = triton.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
    one.set_data_from_numpy(array, binary_data=binary)
    return one


def infer(model, arrays, binary_in, binary_out, outputs):
    asked = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in outputs]
    inputs = [given(name, array, binary_in) for name, array in arrays.items()]
    return client.infer(model, inputs, outputs=asked, request_id="r-1", headers=headers)


def every_datatype():
    same = {}
    for binary_in in (False, True):
        for binary_out in (False, True):
            result = infer("identity", KINDS, binary_in, binary_out, [f"{kind}_out" for kind in KINDS])
            for kind, array in KINDS.items():
                same[f"{kind} {binary_in} {binary_out}"] = told(result.as_numpy(f"{kind}_out")) == told(array)
    return [name for name, is_same in same.items() if not is_same]


def half():
    array = np.array([0.1, -2, 65504], np.float16)
    return told(infer("half", {"x": array}, True, True, ["y"]).as_numpy("y")) == told(array)


def image():
    """As large as a picture of 224 x 224 pixels and three colours."""
    array = np.linspace(-1, 1, 3 * 224 * 224).astype(np.float16)
    return np.array_equal(infer("half", {"x": array}, True, True, ["y"]).as_numpy("y"), array)


def compressed():
    inputs = [given("x", np.array([0.5], np.float16), True)]
    # The client writes the encoding into the headers that it is given.
    result = client.infer("half", inputs, request_compression_algorithm="gzip", headers=dict(headers))
    return told(result.as_numpy("y"))


def refusal(model, array):
    try:
        client.infer(model, [given("x", array, True)], headers=headers)
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}


if len(sys.argv) > 3:
    model, row = sys.argv[3], np.array([json.loads(sys.argv[4])], np.float32)
    answers = [infer(model, {"features": row}, b, b, []) for b in (False, True)]
    metadata = client.get_model_metadata(model, headers=headers)
    print(
        json.dumps(
            {
                "ready": client.is_model_ready(model, headers=headers),
                "metadata": metadata["inputs"],
                "labels": [told(a.as_numpy(metadata["outputs"][0]["name"])) for a in answers],
                "ids": ["prediction_id" in a.get_response().get("parameters", {}) for a in answers],
            }
        )
    )
else:
    print(
        json.dumps(
            {
                "live": client.is_server_live(),
                "ready": client.is_server_ready(),
                "model_ready": client.is_model_ready("identity"),
                "version_ready": client.is_model_ready("identity", "1"),
                "server": client.get_server_metadata(),
                "inputs": len(client.get_model_metadata("identity")["inputs"]),
                "different": every_datatype(),
                "half": half(),
                "image": image(),
                "compressed": compressed(),
                "unknown": refusal("nobody", np.array([1], np.float16)),
                "wrong": refusal("half", np.array([1], np.float32)),
            }
        )
    )
