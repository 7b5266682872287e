import { stringify } from 'yaml';
import type { AcceptedVersion } from '../../registry/contract';
import { mlmodelSignature } from './mlmodel-signature';

export const MLMODEL = 'MLmodel';

/** The version of MLflow whose form the files have: the oldest that clients are tested with. */
const MLFLOW_FORM = '2.22.5';

/** Without versions: which ones the graph was exported with is not on record, and every one that knows its opset runs it. */
const REQUIREMENTS = ['mlflow', 'onnx', 'onnxruntime'];

/** `2026-01-31 12:00:00.000000`, as Python writes a moment. */
const pythonTime = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')}000`;

const mlmodelOf = (version: AcceptedVersion, data: string): string => {
  const { model, version: number, rootDigest, registeredAt, files, signature } = version;
  const { inputs, outputs } = mlmodelSignature(signature);
  const columns = signature.columns.map(({ name }) => name);
  return stringify({
    flavors: {
      onnx: { code: null, data, onnx_session_options: null, providers: ['CPUExecutionProvider'] },
      python_function: {
        data,
        env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
      },
    },
    metadata: { contender: { model, version: number, root_digest: rootDigest, columns } },
    mlflow_version: MLFLOW_FORM,
    model_size_bytes: files.reduce((sum, { size }) => sum + size, 0),
    model_uuid: rootDigest.slice(0, 32),
    ...(inputs === undefined
      ? {}
      : { signature: { inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs), params: null } }),
    utc_time_created: pythonTime(registeredAt),
  });
};

const PYTHON_ENV = stringify({
  python: '3.11',
  build_dependencies: ['pip'],
  dependencies: ['-r requirements.txt'],
});
const CONDA = stringify({
  channels: ['conda-forge'],
  dependencies: ['python=3.11', 'pip', { pip: REQUIREMENTS }],
  name: 'mlflow-env',
});

/**
 * What MLflow's clients look for in a version that was uploaded without it, as `mlflow.onnx` would have written it beside the
 * graph: a function of the record, so that nothing that was registered changes. Files of the version's own come first.
 */
export const generatedFiles = (version: AcceptedVersion): ReadonlyMap<string, string> => {
  const own = new Set(version.files.map(({ path }) => path));
  const { runtime } = version;
  if (own.has(MLMODEL) || runtime.kind !== 'onnx') return new Map();
  const files = [
    [MLMODEL, mlmodelOf(version, runtime.file)],
    ['requirements.txt', `${REQUIREMENTS.join('\n')}\n`],
    ['conda.yaml', CONDA],
    ['python_env.yaml', PYTHON_ENV],
  ] as const;
  return new Map(files.filter(([path]) => !own.has(path)));
};
