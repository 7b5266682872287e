import type { ArtifactFile, Manifest, Signature } from '../../registry/contract';
import { UploadRejected } from './rejected';

/**
 * Most bytes that a version's record may have when it is registered. DynamoDB takes 409,600 an item; the rest is kept for
 * what is added later: loss by class (35 KB for 1,000 classes, beside their names), metrics, approval, a rejection.
 */
const MAX_RECORD_BYTES = 330_000;

/** A list or map, and each of its members, in bytes. */
const CONTAINER = 3;
const MEMBER = 1;

/**
 * Bytes of a plain value in DynamoDB, never fewer than it counts itself: UTF-8 of texts and attribute names, a byte for two
 * digits of a number and two more (Developer Guide, "DynamoDB item sizes and formats").
 */
export const recordBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 2;
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + MEMBER + recordBytes(item), CONTAINER);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .reduce((sum, [name, member]) => sum + MEMBER + Buffer.byteLength(name) + recordBytes(member), CONTAINER);
};

interface Described {
  readonly manifest: Manifest;
  readonly signature: Signature;
  readonly files: readonly ArtifactFile[];
}

/** What can grow, how much of it there is, and what to do about it. */
const partsOf = ({ manifest, signature }: Described) => [
  {
    bytes: 2 * recordBytes(manifest.inputs ?? []),
    advice: `its ${signature.columns.length} inputs in contender.yaml; shorten their names, levels and units, or leave inputs out, and the version is called by its tensor`,
  },
  {
    bytes: recordBytes(signature.inputs) + recordBytes(signature.outputs),
    advice: `the ${signature.inputs.length + signature.outputs.length} inputs and outputs of the graph; export the model with one tensor for all its features`,
  },
  {
    bytes: 2 * recordBytes(manifest.output?.classes ?? []),
    advice: `its ${manifest.output?.classes?.length ?? 0} output.classes in contender.yaml; shorten their names`,
  },
  {
    bytes: recordBytes({ ...manifest, inputs: undefined }),
    advice: 'what else contender.yaml says, training for example; shorten it',
  },
];

/** Whether a manifest is small enough to go on record with a rejection. */
export const isRecordable = (manifest: Manifest): boolean => recordBytes(manifest) <= MAX_RECORD_BYTES;

/** A record that no table takes is refused before anything is stored. @throws UploadRejected naming what takes most room */
export const checkRecordSize = (candidate: Described): void => {
  // The evaluation names each class once more.
  const bytes = recordBytes(candidate) + recordBytes(candidate.manifest.output?.classes ?? []);
  if (bytes <= MAX_RECORD_BYTES) return;
  const [largest] = partsOf(candidate).sort((a, b) => b.bytes - a.bytes);
  throw new UploadRejected(
    'record-too-large',
    `the description of the version takes ${bytes} bytes, over the limit of ${MAX_RECORD_BYTES} for its record (an item in DynamoDB has 400 KB at most); ` +
      `most of it, ${largest?.bytes} bytes, is ${largest?.advice}`,
  );
};
