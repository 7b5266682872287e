"""kserve's REST client, unmodified, in the v2 protocol. Prints what it saw as JSON."""
import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

url, model, row = sys.argv[1], sys.argv[2], np.array([json.loads(sys.argv[3])], np.float32)
headers = {"Authorization": f"Bearer {sys.argv[4]}"} if len(sys.argv) > 4 else {}


async def main():
    client = InferenceRESTClient(config=RESTConfig(protocol="v2"))
    seen = {}
    for binary in (False, True):
        features = InferInput("features", list(row.shape), "FP32")
        features.set_data_from_numpy(row, binary_data=binary)
        request = InferRequest(model, [features], request_id="r-1")
        answer = await client.infer(url, request, headers=headers, model_name=model)
        seen["binary" if binary else "json"] = [o.data if isinstance(o.data, list) else o.as_numpy().tolist() for o in answer.outputs]
    seen["server_ready"] = await client.is_server_ready(url, headers=headers)
    seen["server_live"] = await client.is_server_live(url, headers=headers)
    seen["model_ready"] = await client.is_model_ready(url, model, headers=headers)
    return seen


print(json.dumps(asyncio.run(main()), default=lambda x: x.decode() if isinstance(x, bytes) else str(x)))
