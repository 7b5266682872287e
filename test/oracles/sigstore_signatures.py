"""
Signs a folder with OpenSSF's own model_signing by an identity of a private Sigstore (private_sigstore.mjs), has model_signing verify it,
and writes test/upload/fixtures/sigstore.json. Nothing leaves this machine.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/model_signatures_requirements.txt
    /tmp/oracle/bin/python test/oracles/sigstore_signatures.py
"""
import json
import subprocess
import tempfile
import time
from pathlib import Path

import jwt
import model_signing

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/upload/fixtures/sigstore.json"
FILES = {"contender.yaml": "task: regression\n", "weights/model.txt": "0.5\n"}
IDENTITY = "https://git.bank.example/models/credit/.ci/sign.yml@refs/tags/v1.2"


def token(issuer):
    now = int(time.time())
    claims = {"iss": issuer, "sub": IDENTITY, "aud": "sigstore", "iat": now, "nbf": now - 5, "exp": now + 600}
    return jwt.encode(claims, "a key that this authority does not look at", algorithm="HS256")


def signed(model, config, issuer):
    signature = model / "model.sig"
    ignoring = model_signing.hashing.Config().set_ignored_paths(paths=["model.sig"])
    signing = model_signing.signing.Config().use_sigstore_signer(
        oidc_issuer=issuer, identity_token=token(issuer), trust_config=config
    )
    signing.set_hashing_config(ignoring).sign(model, signature)
    verifying = model_signing.verifying.Config().use_sigstore_verifier(
        identity=IDENTITY, oidc_issuer=issuer, trust_config=config
    )
    verifying.set_hashing_config(ignoring).verify(model, signature)
    text = signature.read_text()
    signature.unlink()
    return text


service = subprocess.Popen(
    ["node", str(ROOT / "test/oracles/private_sigstore.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
)
try:
    found = json.loads(service.stdout.readline())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        model = folder / "model"
        for name, content in FILES.items():
            path = model / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        signatures = {}
        for log in ("rekor 1", "rekor 2"):
            config = folder / "trust_config.json"
            config.write_text(json.dumps(found[log]))
            signatures[log] = signed(model, config, found["url"])
finally:
    service.stdin.close()
    service.wait(10)

OUT.write_text(
    json.dumps(
        {
            "files": FILES,
            "identity": IDENTITY,
            "issuer": found["url"],
            "trustedRoot": found["rekor 1"]["trustedRoot"],
            "signatures": signatures,
        },
        indent=1,
    )
    + "\n"
)
