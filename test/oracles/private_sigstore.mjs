/**
 * A private Sigstore for one run: OpenID provider, Fulcio with a certificate log, Rekor of both versions and a timestamp authority, of
 * @sigstore/mock, on the loopback interface. Prints where it is and what it is trusted by, and ends with its standard input.
 *
 *     node test/oracles/private_sigstore.mjs
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { ASN1Obj } from '@sigstore/core';
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64 = (bytes) =>
  Buffer.from(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength).toString('base64');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

const ctlog = await initializeCTLog(keyPair());
const ca = await initializeCA(keyPair(), ctlog);
const tsa = await initializeTSA(keyPair());
// Python's reader takes whole seconds only, and no clock that stands still would fit certificates of later.
tsa.getCurrentTime = () => new Date(Math.floor(Date.now() / 1000) * 1000);

/** What Rekor 1 makes of a proposal before it logs it. */
const canonicalEntry = ({ spec: { proposedContent } }) => {
  const envelope = JSON.parse(proposedContent.envelope);
  const hash = (bytes) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: hash(proposedContent.envelope),
      payloadHash: hash(Buffer.from(envelope.payload, 'base64')),
      signatures: [{ signature: envelope.signatures[0].sig, verifier: proposedContent.verifiers[0] }],
    },
  };
};

const rekor1 = async (body, tlog) => JSON.stringify(await tlog.log(canonicalEntry(JSON.parse(body))));

const rekor2 = async (body, tlog) => {
  const { hashedRekordRequestV002: request } = JSON.parse(body);
  const { digest, signature } = request;
  const entry = await tlog.logV2({
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature } },
  });
  const { checkpoint, treeSize } = entry.inclusionProof;
  // The only leaf of its tree.
  const rootHash = sha256(Buffer.concat([Buffer.from([0]), entry.canonicalizedBody]));
  return JSON.stringify({
    logIndex: '0',
    logId: { keyId: base64(entry.logId.keyId) },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    integratedTime: '0',
    canonicalizedBody: base64(entry.canonicalizedBody),
    inclusionProof: { logIndex: '0', treeSize, rootHash: base64(rootHash), hashes: [], checkpoint },
  });
};

// Its one serial number is negative, which RFC 3161 forbids.
const tstInfo = tsa.tstInfo.bind(tsa);
tsa.tstInfo = (request) => {
  const info = tstInfo(request);
  info.serialNumber = info.nonce;
  return info;
};

let timestamps = 0;

/** A query as RFC 3161 has it: version and imprint, and what is optional. */
const timestamp = (query) => {
  const [, imprint] = ASN1Obj.parseBuffer(query).subs;
  return tsa.timestamp({
    artifactHash: imprint.subs[1].value,
    hashAlgorithmOID: imprint.subs[0].subs[0].toOID(),
    nonce: ++timestamps,
    policyOID: '1.3.6.1.4.1.57264.2',
    certReq: true,
  });
};

const read = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

let url = '';
let tlogs = {};
const fulcio = fulcioHandler(ca);

const signingCertificate = async (body, { headers }) => {
  const request = JSON.parse(body);
  const certificateSigningRequest = Buffer.from(request.certificateSigningRequest, 'base64').toString();
  const oidcIdentityToken = headers.authorization.replace('Bearer ', '');
  const { response } = await fulcio.fn(
    JSON.stringify({ certificateSigningRequest, credentials: { oidcIdentityToken } }),
  );
  return response;
};

const routes = {
  '/.well-known/openid-configuration': () =>
    JSON.stringify({ issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token` }),
  '/api/v2/signingCert': signingCertificate,
  '/rekor1/api/v1/log/entries': (body) => rekor1(body, tlogs.rekor1),
  '/rekor2/api/v2/log/entries': (body) => rekor2(body, tlogs.rekor2),
  '/api/v1/timestamp': timestamp,
};

const server = createServer(async (request, response) => {
  try {
    const answer = await routes[request.url](await read(request), request);
    response.writeHead(request.method === 'POST' ? 201 : 200).end(answer);
  } catch (error) {
    response.writeHead(500).end(`${request.url}: ${error.stack}`);
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
url = `http://127.0.0.1:${server.address().port}`;
tlogs = {
  rekor1: await initializeTLog(`${url}/rekor1`, keyPair()),
  rekor2: await initializeTLog(`${url}/rekor2`, keyPair()),
};

const start = new Date(Date.now() - 3_600_000).toISOString();
const logOf = (baseUrl, publicKey, keyId) => ({
  baseUrl,
  hashAlgorithm: 'SHA2_256',
  publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start } },
  logId: { keyId: base64(keyId) },
});
const authorityOf = (commonName, ...certificates) => ({
  subject: { organization: 'sigstore.mock', commonName },
  uri: url,
  certChain: { certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })) },
  validFor: { start },
});
const service = (address, majorApiVersion) => ({
  url: address,
  majorApiVersion,
  validFor: { start },
  operator: 'mock',
});

const trustedRoot = {
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: Object.entries(tlogs).map(([name, { publicKey }]) => logOf(`${url}/${name}`, publicKey, sha256(publicKey))),
  certificateAuthorities: [authorityOf('sigstore', ca.rootCertificate)],
  ctlogs: [logOf(`${url}/ct`, ctlog.publicKey, ctlog.logID)],
  timestampAuthorities: [authorityOf('tsa', tsa.intCertificate, tsa.rootCertificate)],
};
const signingConfig = (name, majorApiVersion) => ({
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [service(url, 1)],
  oidcUrls: [service(url, 1)],
  rekorTlogUrls: [service(`${url}/${name}`, majorApiVersion)],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [service(`${url}/api/v1/timestamp`, 1)],
  tsaConfig: { selector: 'ANY' },
});
const clientConfig = (name, version) => ({
  mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
  trustedRoot,
  signingConfig: signingConfig(name, version),
});
process.stdout.write(
  `${JSON.stringify({ url, 'rekor 1': clientConfig('rekor1', 1), 'rekor 2': clientConfig('rekor2', 2) })}\n`,
);
process.stdin.resume().on('end', () => server.close(() => process.exit(0)));
