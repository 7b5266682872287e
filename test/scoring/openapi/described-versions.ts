import { type AcceptedVersion, datatypeSchema, type Signature } from '../../../lambdas/registry/contract';
import { BINARY_SIGNATURE, versionOf } from '../versions';

const signatureOf = (inputs: Signature['inputs'], overrides: Partial<Signature> = {}): Signature => ({
  ...BINARY_SIGNATURE,
  inputs,
  columns: [],
  ...overrides,
});
const described = (signature: Signature, manifest: object = {}): AcceptedVersion =>
  versionOf('binary', 1, { signature, manifest });

const CLASSES = { classes: ['repaid', 'defaulted'], positive: 'defaulted' };
const SCORE = { tensor: 'probabilities', kind: 'probability', column: 1 };

/** Versions whose graphs are among the fixtures: they can be asked. */
export const SERVED: Readonly<Record<string, AcceptedVersion>> = {
  binary: versionOf('binary', 1, { manifest: { output: CLASSES } }),
  'binary with limits': versionOf('binary', 1, {
    signature: {
      ...BINARY_SIGNATURE,
      columns: [
        { name: 'age', type: 'double', min: 18, max: 120, missing: 'nan', unit: 'years', unseen: 'reject' },
        { name: 'region', type: 'string', levels: ['n', 's', 'e'], encode: 'ordinal', unseen: 'reject' },
        { name: 'tenure', type: 'integer', min: 0, unseen: 'reject' },
      ],
    },
    manifest: { output: { ...CLASSES, score: SCORE, label: { tensor: 'label' }, respond: ['label', 'score'] } },
  }),
  'binary, one-hot': versionOf('binary', 1, {
    signature: {
      ...BINARY_SIGNATURE,
      columns: [
        { name: 'region', type: 'string', levels: ['n', 's'], encode: 'one-hot' },
        { name: 'income', type: 'double', min: 0 },
      ],
    },
  }),
  'binary without columns': versionOf('binary', 1, { signature: { ...BINARY_SIGNATURE, columns: [] } }),
  regression: versionOf('regression', 1, {
    signature: {
      ...BINARY_SIGNATURE,
      outputs: [{ name: 'value', datatype: 'FP32', shape: [-1, 1] }],
      columns: ['a', 'b', 'c'].map((name) => ({ name, type: 'double', min: 0 })),
    },
    manifest: { task: 'regression' },
  }),
  'mixed types': versionOf('mixed', 1, {
    signature: {
      inputs: [
        { name: 'age', datatype: 'INT64', shape: [-1, 1] },
        { name: 'region', datatype: 'BYTES', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [1] },
        { name: 'score', datatype: 'FP64', shape: [-1, 1] },
      ],
      columns: [
        { name: 'age', type: 'long', min: 0, max: 120 },
        { name: 'region', type: 'string', levels: ['n', 's', 'e'], unseen: 'reject' },
      ],
    },
    manifest: { task: 'multiclass-classification', output: { classes: ['zero', 'one', 'two', 'three', 'many'] } },
  }),
  'half precision': versionOf('half', 1, {
    signature: signatureOf([{ name: 'x', datatype: 'FP16', shape: [-1] }], {
      outputs: [{ name: 'y', datatype: 'FP16', shape: [-1] }],
    }),
  }),
};

/** Versions that are only described. */
export const DESCRIBED: Readonly<Record<string, AcceptedVersion>> = {
  ...SERVED,
  multiclass: described(
    {
      ...BINARY_SIGNATURE,
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [-1] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      ],
    },
    { task: 'multiclass-classification', output: { classes: ['a', 'b', 'c'], respond: ['label'] } },
  ),
  'every datatype': described(
    signatureOf(
      datatypeSchema
        .exclude(['FP16'])
        .options.map((datatype) => ({ name: datatype.toLowerCase(), datatype, shape: [-1] })),
    ),
  ),
  'a batch of fixed size': described(signatureOf([{ name: 'X', datatype: 'FP32', shape: [4, 3] }])),
  images: described(signatureOf([{ name: 'image', datatype: 'UINT8', shape: [-1, 2, -1, 3] }])),
  'several inputs of several ranks': described(
    signatureOf([
      { name: 'ids', datatype: 'INT64', shape: [-1, -1] },
      { name: 'mask', datatype: 'BOOL', shape: [-1, -1] },
    ]),
  ),
  'columns that do not fit': described({ ...BINARY_SIGNATURE, columns: [{ name: 'alone', type: 'double' }] }),
  hosted: { ...versionOf('binary', 1), runtime: { kind: 'sagemaker', endpoint: 'e' } },
};
