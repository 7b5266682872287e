"""
Signs a folder with OpenSSF's own model_signing, as people do, and writes folder, signature and keys to test/upload/fixtures/signed.json.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/model_signatures_requirements.txt
    /tmp/oracle/bin/python test/oracles/model_signatures.py

Keys are made anew each time, and private ones are not kept.
"""
import hashlib
import json
import tempfile
from pathlib import Path

import model_signing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/upload/fixtures/signed.json"
FILES = {
    "contender.yaml": "task: regression\n",
    "model.onnx": (ROOT / "examples/diabetes-progression/versions/1/model.onnx").read_bytes(),
    "nested/Zürich.txt": "umlauts and folders\n",
    "nested.txt": "a name that sorts beside the folder\n",
}


def key_pair(folder, curve):
    private = ec.generate_private_key(curve)
    path = folder / f"{curve.name}.pem"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "public.pem").write_bytes(public)
    return path, public.decode()


def hashing():
    return model_signing.hashing.Config()


def signed(folder, model, curve, config=None, more=()):
    private, public = key_pair(folder, curve)
    signature = model / "model.sig"
    # Its own guess at the verifier does not know blake2 by the name that it writes.
    config = (config or hashing()).set_ignored_paths(paths=[signature, *more])
    signing = model_signing.signing.Config().use_elliptic_key_signer(private_key=private)
    signing.set_hashing_config(config).sign(model, signature)
    verifying = model_signing.verifying.Config().use_elliptic_key_verifier(public_key=folder / "public.pem")
    verifying.set_hashing_config(config).verify(model, signature)
    text = signature.read_text()
    signature.unlink()
    return {"curve": curve.name, "publicKey": public, "signature": text}


# As people may choose them in the library; its command line has the first alone.
HASHINGS = {
    "files by blake2": hashing().use_file_serialization(hashing_algorithm="blake2"),
    "shards": hashing().use_shard_serialization(shard_size=1000),
    "shards by blake2": hashing().use_shard_serialization(hashing_algorithm="blake2", shard_size=1000),
    "files by blake3": hashing().use_file_serialization(hashing_algorithm="blake3"),
}


with tempfile.TemporaryDirectory() as made:
    folder = Path(made)
    model = folder / "model"
    for name, content in FILES.items():
        path = model / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    signatures = [signed(folder, model, curve) for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())]
    otherwise = [{"name": name, **signed(folder, model, ec.SECP256R1(), config)} for name, config in HASHINGS.items()]
    ignoring = signed(folder, model, ec.SECP256R1(), more=["contender.yaml"])
    digests = {name: hashlib.sha256((model / name).read_bytes()).hexdigest() for name in FILES}

OUT.write_text(json.dumps({"files": digests, "signatures": signatures, "otherwise": otherwise, "ignoring": ignoring}, indent=1) + "\n")
