"""MLflow's own scoring client, unmodified. Prints what it saw as JSON."""
import json
import sys

import numpy as np
import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

host, port, names, row = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4])
client = ScoringServerClient(host, port)
client.wait_server_ready(timeout=10)
frame = pd.DataFrame([row, row], columns=names)


def predictions(data):
    return client.invoke(data).get_predictions().to_dict(orient="records")


def refusal(data):
    try:
        client.invoke(data)
    except Exception as error:  # MLflow raises no narrower one
        return str(error)


print(
    json.dumps(
        {
            "frame": predictions(frame),
            "shuffled": predictions(frame[names[::-1]]),
            "list": predictions([row, row]),
            "array": predictions(np.array([row, row], np.float32)),
            "missing": refusal(frame.drop(columns=[names[0]])),
            "extra": refusal(frame.assign(shoe_size=42)),
        }
    )
)
