"""Trains a model, saves it as MLflow serves it, and prints rows with what the model itself predicts for them."""

import json
import sys

import mlflow.sklearn
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

features, target = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), SVR(C=100.0)).fit(features, target)
mlflow.sklearn.save_model(model, sys.argv[1])
rows = features[:40]
print(json.dumps({"rows": rows.tolist(), "predictions": model.predict(rows).tolist()}))
