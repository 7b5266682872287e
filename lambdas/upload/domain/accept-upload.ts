import {
  type Column,
  columnWidth,
  type Manifest,
  manifestSchema,
  type Runtime,
  type Signature,
  signatureSchema,
  type Tensor,
} from '../../registry/contract';
import { hostedEndpointName } from '../../registry/domain/hosted-endpoint-name';
import { outputReadingOf } from '../../scoring/domain/output-reading';
import type { PlainClasses } from '../../scoring/domain/without-zip-map';
import { agreeWithMlmodel } from './agree-with-mlmodel';
import { isArchive } from './archive-name';
import { checkReadOutputs, checkRespondedOutputs } from './check-outputs';
import type { MlModel } from './read-mlmodel';
import { type OnnxFacts, readOnnx } from './read-onnx';
import { UploadRejected } from './rejected';

/** What is whole and may become a version. */
export interface Acceptance {
  readonly runtime: Runtime;
  readonly signature: Signature;
  /** As declared, completed by what the model itself says. */
  readonly manifest: Manifest;
}

/** What is missing before an upload can be judged; empty when it is whole. */
export const missingFiles = (manifest: Manifest, present: ReadonlySet<string>): string[] =>
  [manifest.model, manifest.evaluation?.data, manifest.golden?.data].filter(
    (path): path is string => path !== undefined && !present.has(path),
  );

/** The graph of an upload: the file that the manifest names, or the only .onnx there is. Undefined when none has arrived yet. */
export const modelFileOf = (manifest: Manifest, present: readonly string[]): string | undefined => {
  if (manifest.model !== undefined) {
    if (!isArchive(manifest.model)) return manifest.model;
    throw new UploadRejected(
      'no-model-file',
      `contender.yaml says model: ${manifest.model}, an archive; upload that by itself, as inbox/<model>/<name>.tar.gz or .zip with contender.yaml in it, or put the graph in its place`,
    );
  }
  const graphs = present.filter((path) => path.endsWith('.onnx'));
  if (graphs.length > 1)
    throw new UploadRejected(
      'no-model-file',
      `the upload has ${graphs.length} .onnx files (${graphs.join(', ')}); say which is the model with "model:" in contender.yaml`,
    );
  return graphs[0];
};

const widthOf = (tensor: Tensor): number => tensor.shape.at(-1) ?? -1;

const filledBy = (columns: readonly Column[]): number =>
  columns.reduce((width, column) => width + columnWidth(column), 0);

const inputsOf = (columns: readonly Column[]): string => {
  const oneHot = columns.some((column) => column.encode === 'one-hot');
  return `${columns.length} inputs${oneHot ? ` that fill ${filledBy(columns)} columns (a one-hot input one for each level)` : ''}`;
};

/** Columns must fit the tensor that they fill; their order and names cannot be read from a graph, so they are never made up. */
const checkColumns = (manifest: Manifest, facts: OnnxFacts, file: string): void => {
  const columns = manifest.inputs ?? [];
  const [first] = facts.inputs;
  if (columns.length === 0 || first === undefined) return;
  const names = new Set(facts.inputs.map((tensor) => tensor.name));
  const stray = columns.find((column) => column.tensor !== undefined && !names.has(column.tensor));
  if (stray)
    throw new UploadRejected(
      'signature-mismatch',
      `contender.yaml puts the input "${stray.name}" into the tensor "${stray.tensor}", which ${file} does not have; its inputs are ${[...names].join(', ')}`,
    );
  if (
    facts.inputs.length === 1 &&
    first.shape.length === 2 &&
    widthOf(first) > 0 &&
    widthOf(first) !== filledBy(columns)
  ) {
    throw new UploadRejected(
      'signature-mismatch',
      `contender.yaml names ${inputsOf(columns)}, but ${file} takes ${widthOf(first)} columns in "${first.name}"; list exactly the columns that the model was trained on, in order`,
    );
  }
};

/** Of the output that holds the score, else of the only one that has any. */
const classesFound = ({ output }: Manifest, { classes }: OnnxFacts): PlainClasses | undefined => {
  const [only, ...others] = classes.values();
  return classes.get(output?.score?.tensor ?? '') ?? (others.length > 0 ? undefined : only);
};

/** Whether predictions come from a label tensor whose numbers are taken for positions among the classes. */
const readsPositions = (manifest: Manifest, { outputs }: OnnxFacts): boolean => {
  try {
    const reading = outputReadingOf({ signature: { outputs: [...outputs] }, manifest });
    return reading.task !== 'regression' && reading.label?.by === 'position';
  } catch {
    // What else the manifest lacks is for the evaluation to say.
    return false;
  }
};

/** Labels 1 and 2 are no positions: read as such, each would be another's name. */
const checkPositions = (manifest: Manifest, facts: OnnxFacts, found: PlainClasses, file: string): void => {
  const arePositions = found.labels === 'text' || found.names.every((name, at) => name === String(at));
  if (arePositions || !readsPositions(manifest, facts)) return;
  throw new UploadRejected(
    'signature-mismatch',
    `contender.yaml says output.classes: [${manifest.output?.classes?.join(', ')}], but the labels of ${file} are ${found.names.join(', ')}, which do not count from 0, so that names cannot be put to them; write output.classes: [${found.names.join(', ')}], or leave it out`,
  );
};

/**
 * Classes as the graph names them where contender.yaml does not. Labels that are numbers may be given names; texts say
 * what they are, so that others, or another order, would be wrong.
 */
const withClasses = (manifest: Manifest, facts: OnnxFacts, file: string): Manifest => {
  const found = classesFound(manifest, facts);
  if (found === undefined) return manifest;
  const declared = manifest.output?.classes;
  if (declared === undefined) {
    const completed = { ...manifest, output: { ...manifest.output, classes: found.names } };
    // One class alone is nothing to tell apart: such a model is registered as it would be without a map.
    return found.names.length < 2 ? manifest : manifestSchema.parse(completed);
  }
  const agrees =
    declared.length === found.names.length &&
    (found.labels === 'number' || declared.every((name, i) => name === found.names[i]));
  if (agrees) {
    checkPositions(manifest, facts, found, file);
    return manifest;
  }
  throw new UploadRejected(
    'signature-mismatch',
    `contender.yaml says output.classes: [${declared.join(', ')}], but ${file} gives its probabilities in the order [${found.names.join(', ')}]; write that, or leave it out`,
  );
};

/** What could not be read back from the record, such as a tensor without a name, must not get onto it. */
const recordable = (signature: Signature, from: string): Signature => {
  const parsed = signatureSchema.safeParse(signature);
  if (parsed.success) return signature;
  const [issue] = parsed.error.issues;
  throw new UploadRejected(
    'unsupported-graph',
    `${from} declares a signature that cannot be served: ${issue?.path.join('.')}: ${issue?.message}; name every tensor and export the model again`,
  );
};

/** @throws UploadRejected when graph and manifest, or graph and MLmodel, contradict each other */
export const acceptOnnx = (
  declared: Manifest,
  file: string,
  bytes: Uint8Array,
  mlmodel?: MlModel,
): Acceptance & { externalFiles: readonly string[] } => {
  const facts = readOnnx(bytes, file);
  checkColumns(declared, facts, file);
  const manifest = mlmodel === undefined ? declared : agreeWithMlmodel(declared, mlmodel, facts, file);
  const outputs = { tensors: facts.outputs, owner: file };
  checkReadOutputs(manifest, outputs);
  checkRespondedOutputs(manifest, outputs);
  const signature = { inputs: [...facts.inputs], outputs: [...facts.outputs], columns: manifest.inputs ?? [] };
  return {
    runtime: { kind: 'onnx', file },
    signature: recordable(signature, file),
    manifest: withClasses(manifest, facts, file),
    externalFiles: facts.externalFiles,
  };
};

/** What a hosted version needs to know about where it would be hosted. */
export interface Hosting {
  readonly deployment: string;
  /** Whether this deployment serves models on SageMaker at all. */
  readonly sagemaker: 'on' | 'off';
}

/** The endpoint that answers: one that exists, or the one that the rollout will make of the container. */
const endpointOf = (
  { endpoint, container, model: file }: Manifest,
  { deployment }: Hosting,
  model: string,
  rootDigest: string,
): string => {
  if (endpoint !== undefined) return endpoint;
  if (container === undefined)
    throw new UploadRejected(
      'no-endpoint',
      'contender.yaml says runtime: sagemaker but names no endpoint; add "endpoint: <name of the SageMaker endpoint>", or "container:" with the image to host it in',
    );
  if (!file?.endsWith('.tar.gz'))
    throw new UploadRejected(
      'no-model-file',
      'contender.yaml has a container but no archive for it; put the model into a .tar.gz, as SageMaker unpacks it to /opt/ml/model, and name it with "model:"',
    );
  return hostedEndpointName(deployment, model, rootDigest);
};

/** A hosted model's signature is what its manifest declares: named numbers in, predictions out. */
export const acceptHosted = (manifest: Manifest, hosting: Hosting, model: string, rootDigest: string): Acceptance => {
  if (hosting.sagemaker === 'off')
    throw new UploadRejected(
      'sagemaker-off',
      'contender.yaml says runtime: sagemaker, which this deployment does not serve; export the model as ONNX, or have the platform deployed with sagemaker.enabled and upload it again',
    );
  const endpoint = endpointOf(manifest, hosting, model, rootDigest);
  const columns = manifest.inputs ?? [];
  if (columns.length === 0)
    throw new UploadRejected(
      'signature-mismatch',
      'contender.yaml says runtime: sagemaker but names no inputs; list the columns that the endpoint takes, in order',
    );
  const signature: Signature = {
    inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, filledBy(columns)] }],
    outputs: [{ name: manifest.output?.score?.tensor ?? 'predictions', datatype: 'FP64', shape: [-1] }],
    columns,
  };
  checkRespondedOutputs(manifest, { tensors: signature.outputs, owner: 'the endpoint' });
  return {
    runtime: { kind: 'sagemaker', endpoint },
    manifest,
    signature: recordable(signature, 'contender.yaml'),
  };
};
