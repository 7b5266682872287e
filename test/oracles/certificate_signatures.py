"""
Certificates of a private authority, good ones and such as must not count, and signatures that OpenSSF's own model_signing makes with
them, as test/upload/fixtures/certified.json. Each case says what model_signing itself thinks of it (`oracle`).

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install -r test/oracles/model_signatures_requirements.txt
    /tmp/oracle/bin/python test/oracles/certificate_signatures.py

Keys are made anew each time, and private ones are not kept.
"""
import datetime
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import model_signing
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/upload/fixtures/certified.json"
FILES = {"contender.yaml": "task: regression\n", "weights/model.txt": "0.5\n"}
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
SIGN = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
CERTIFY = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
NEITHER = x509.KeyUsage(False, False, True, False, False, False, False, False, False)


def name_of(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bank, AG"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass
class Holder:
    certificate: x509.Certificate
    key: object


def certify(
    common_name, by=None, *, ca=False, path=None, usage="default", purposes=None, key=None, days=(-30, 365), more=(), names=()
):
    """A certificate by `by`, else by itself."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject if by else name_of(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca, path if ca else None), critical=True)
    )
    usage = (CERTIFY if ca else SIGN) if usage == "default" else usage
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


def pem(*holders):
    return "".join(h.certificate.public_bytes(serialization.Encoding.PEM).decode() for h in holders)


root = certify("Root", ca=True, key=rsa.generate_private_key(65537, 3072))
issuing = certify("Issuing", root, ca=True, path=0)
stranger = certify("Stranger", ca=True)
namesake = certify("Root", ca=True)
MAIL = x509.RFC822Name("models@bank.example")
signer = certify("Model signing", issuing, names=[MAIL, x509.UniformResourceIdentifier("https://bank.example/ci")])
ended = certify("Ended issuing", root, ca=True, days=(-30, -1))
no_certifying = certify("No certifying", root, ca=True, usage=SIGN)
for_servers = certify("For servers", root, ca=True, purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
below = certify("Below issuing", issuing, ca=True)
limited = certify(
    "Limited",
    root,
    ca=True,
    more=[(x509.NameConstraints([x509.DNSName("bank.example")], None), True)],
)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")

# name, signer, what comes along, what is trusted
CASES = [
    ("P-256", signer, [issuing], [root]),
    ("P-384", certify("Model signing", issuing, key=ec.generate_private_key(ec.SECP384R1())), [issuing], [root]),
    ("P-521", certify("Model signing", issuing, key=ec.generate_private_key(ec.SECP521R1())), [issuing], [root]),
    ("code signing", certify("Code", root, purposes=[ExtendedKeyUsageOID.CODE_SIGNING]), [], [root]),
    ("code signing alone", certify("Code", root, usage=None, purposes=[ExtendedKeyUsageOID.CODE_SIGNING]), [], [root]),
    ("a heap of certificates", signer, [stranger, root, namesake, issuing], [root]),
    ("one of several roots", signer, [issuing], [stranger, root]),
    ("an issuing authority alone", signer, [], [issuing]),
    ("a leaf that has ended", certify("Ended", issuing, days=(-30, -1)), [issuing], [root]),
    ("a leaf that is yet to come", certify("Early", issuing, days=(1, 30)), [issuing], [root]),
    ("an authority that has ended", certify("Model signing", ended), [ended], [root]),
    ("a leaf that certifies", certify("Model signing", signer), [signer, issuing], [root]),
    ("an authority too many", certify("Model signing", below), [below, issuing], [root]),
    ("an authority without keyCertSign", certify("Model signing", no_certifying), [no_certifying], [root]),
    ("an authority for servers", certify("Model signing", for_servers), [for_servers], [root]),
    ("an authority with limited names", certify("Model signing", limited), [limited], [root]),
    ("a leaf that may not sign", certify("Model signing", issuing, usage=NEITHER), [issuing], [root]),
    ("a leaf that does not say", certify("Model signing", issuing, usage=None), [issuing], [root]),
    ("a leaf for servers", certify("Server", issuing, purposes=[ExtendedKeyUsageOID.SERVER_AUTH]), [issuing], [root]),
    ("a critical extension nobody knows", certify("Odd", issuing, more=[(UNKNOWN, True)]), [issuing], [root]),
    ("a leaf named like the root", certify("Root"), [], [root]),
    ("a namesake of the root", certify("Model signing", namesake), [namesake], [root]),
    ("another authority", certify("Model signing", stranger), [stranger], [root]),
    ("a chain with a gap", signer, [], [root]),
]


def written(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def case(folder, model, title, leaf, offered, trusted):
    signature = model / "model.sig"
    ignoring = model_signing.hashing.Config().set_ignored_paths(paths=["model.sig"])
    signing = model_signing.signing.Config().use_certificate_signer(
        private_key=written(folder, "key.pem", key_pem(leaf.key)),
        signing_certificate=written(folder, "leaf.pem", pem(leaf)),
        # It takes no empty chain.
        certificate_chain=[written(folder, "chain.pem", pem(*(offered or [leaf])))],
    )
    signing.set_hashing_config(ignoring).sign(model, signature)
    roots = written(folder, "roots.pem", pem(*trusted))
    try:
        verifying = model_signing.verifying.Config().use_certificate_verifier(certificate_chain=[roots])
        verifying.set_hashing_config(ignoring).verify(model, signature)
        oracle = "verified"
    except Exception as error:
        oracle = str(error) or type(error).__name__
    text = signature.read_text()
    signature.unlink()
    return {"name": title, "oracle": oracle, "roots": pem(*trusted), "signature": text}


with tempfile.TemporaryDirectory() as made:
    folder = Path(made)
    model = folder / "model"
    for name, content in FILES.items():
        path = model / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    cases = [case(folder, model, *each) for each in CASES]

not_for_policies = {
    "ended": pem(certify("Root that has ended", ca=True, days=(-30, -1))),
    "noAuthority": pem(signer),
    "noCertifying": pem(certify("Root", ca=True, usage=SIGN)),
    "limited": pem(limited),
}
OUT.write_text(
    json.dumps({"at": int(NOW.timestamp() * 1000), "files": FILES, "cases": cases, "roots": not_for_policies}, indent=1) + "\n"
)
for each in cases:
    print(f"{each['name']}: {each['oracle']}")
