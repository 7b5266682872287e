import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from '../../lambdas/access/contract';
import { type AcceptedVersion, manifestSchema, type Signature, type VersionRef } from '../../lambdas/registry/contract';
import type { ArtifactReader } from '../../lambdas/scoring/ports';

const FIXTURES = join(__dirname, 'fixtures');
const ACTOR = { kind: 'person', id: 'ada' } as const;

export const fixturePath = (name: string): string => join(FIXTURES, name);
export const fixtureGraph = (name: string): Buffer => readFileSync(fixturePath(`${name}.onnx`));

export const BINARY_SIGNATURE: Signature = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
  ],
  columns: [
    { name: 'age', type: 'double' },
    { name: 'income', type: 'double' },
    { name: 'tenure', type: 'double' },
  ],
};

/** A registered version of the fixture graph of that name. */
export const versionOf = (
  fixture: string,
  version: number,
  overrides: { signature?: Signature; manifest?: unknown; model?: string } = {},
): AcceptedVersion => {
  const graph = fixtureGraph(fixture);
  const sha256 = createHash('sha256').update(graph).digest('hex');
  const rootDigest = createHash('sha256').update(`${sha256}${version}`).digest('hex');
  const model = overrides.model ?? 'credit';
  return {
    status: 'REGISTERED',
    model,
    version,
    registeredAt: 0,
    uploader: ACTOR,
    source: { bucket: 'b', key: 'k', id: '1' },
    generation: 0,
    rootDigest,
    files: [{ path: `${fixture}.onnx`, size: graph.length, sha256 }],
    artifactPrefix: `models/${model}/${rootDigest}/`,
    runtime: { kind: 'onnx', file: `${fixture}.onnx` },
    signature: overrides.signature ?? BINARY_SIGNATURE,
    manifest: manifestSchema.parse(overrides.manifest ?? {}),
  };
};

export const refOf = ({ version, rootDigest }: AcceptedVersion): VersionRef => ({ version, rootDigest });

const fileOf = (version: AcceptedVersion): string =>
  fixturePath(version.runtime.kind === 'onnx' ? version.runtime.file : 'none');

/** The fixtures folder as an artifact store. */
export const fixtureArtifacts: ArtifactReader = {
  readGraph: async (version) => readFileSync(fileOf(version)),
  readFile: async (_, file) => readFileSync(fixturePath(file.path)),
  copyGraph: async (version, path) => copyFile(fileOf(version), path),
};

export const application: Identity = {
  kind: 'application',
  id: 'shop',
  name: 'application shop',
  roles: ['app'],
  teams: [],
};
