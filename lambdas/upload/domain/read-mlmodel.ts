import * as z from 'zod';
import { UploadRejected } from './rejected';
import { readYaml, type YamlDocument } from './yaml-document';

/** Name of the file in which MLflow says what a model directory holds. */
export const MLMODEL = 'MLmodel';

const pathSchema = z
  .string()
  .min(1)
  .max(512)
  .refine((path) => !/^([A-Za-z]:|\/)|\\/.test(path) && !path.split('/').includes('..'), 'leaves the model directory')
  .transform((path) => path.replace(/^(\.\/+)+/, ''));

const tensorSpecSchema = z.object({
  type: z.literal('tensor'),
  name: z.coerce.string().optional(),
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number().int().min(-1)) }),
});
const columnSpecSchema = z.object({
  type: z.string(),
  // A frame's columns may be named by numbers.
  name: z.union([z.string(), z.number()]).transform(String).optional(),
  required: z.boolean().optional(),
  /** As MLflow 2.0 to 2.4 wrote it. */
  optional: z.boolean().optional(),
});
const specsSchema = z.union([z.array(tensorSpecSchema).min(1), z.array(columnSpecSchema).min(1)]);

export type TensorSpec = z.output<typeof tensorSpecSchema>;
export type ColumnSpec = z.output<typeof columnSpecSchema>;
/** One side of a signature: tensors, or columns of a table. MLflow does not mix them. */
export type Specs = readonly TensorSpec[] | readonly ColumnSpec[];

export const areTensors = (specs: Specs): specs is readonly TensorSpec[] =>
  specs.every((spec) => 'tensor-spec' in spec);

/** Since MLflow 2.0 a map of the files of each tool; before, the name of the file for conda. */
const environmentSchema = z.union([
  pathSchema.transform((path) => [path]),
  z.record(z.string(), pathSchema).transform((files) => Object.values(files)),
]);

const mlmodelSchema = z.object({
  flavors: z.record(z.string(), z.unknown()),
  signature: z.object({ inputs: z.string().nullish(), outputs: z.string().nullish() }).nullish(),
  saved_input_example_info: z
    .object({ artifact_path: pathSchema.nullish(), serving_input_path: pathSchema.nullish() })
    .nullish(),
});
const onnxFlavorSchema = z.object({ data: pathSchema });
const pythonFlavorSchema = z.object({ env: environmentSchema.nullish() });

const anySchema = z.array(z.object({ type: z.literal('any') })).min(1);

/** What an MLflow model directory says of itself. */
export interface MlModel {
  /** The graph's path. */
  readonly data: string;
  /** Every file that is named, the graph among them. */
  readonly files: readonly string[];
  readonly inputs?: Specs;
  readonly outputs?: Specs;
}

const fault = (document: YamlDocument, path: readonly PropertyKey[], what: string): UploadRejected => {
  const line = document.lineOf(path);
  return new UploadRejected(
    'bad-mlmodel',
    `${MLMODEL}${line === undefined ? '' : ` line ${line}`}: ${path.join('.')}: ${what}; save the model again with mlflow.onnx.save_model or log_model`,
  );
};

const read = <S extends z.ZodType>(schema: S, value: unknown, document: YamlDocument, at: readonly PropertyKey[]) => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fault(document, [...at, ...(issue?.path ?? [])], issue?.message ?? 'is not as MLflow writes it');
};

/** One side of the signature, which is JSON within the YAML. */
const specsOf = (text: string | null | undefined, side: 'inputs' | 'outputs', document: YamlDocument) => {
  if (text === null || text === undefined) return undefined;
  const at = ['signature', side];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fault(document, at, 'is no JSON');
  }
  // What MLflow writes where it could not infer a signature says nothing.
  if (anySchema.safeParse(json).success) return undefined;
  const specs = specsSchema.safeParse(json);
  if (specs.success) return specs.data;
  throw fault(document, at, 'is no list of columns {type, name} or of tensors {type: tensor, tensor-spec}');
};

const onnxFlavor = (flavors: Readonly<Record<string, unknown>>, document: YamlDocument) => {
  if (flavors.onnx === undefined) {
    const names = Object.keys(flavors);
    throw new UploadRejected(
      'no-onnx-flavor',
      `${MLMODEL} has ${names.length === 0 ? 'no flavors' : `the flavors ${names.join(', ')}`}, none of which is served: they run code when they are loaded; convert the model to ONNX (skl2onnx, onnxmltools, torch.onnx) and log it with mlflow.onnx.log_model, into a new folder`,
    );
  }
  return read(onnxFlavorSchema, flavors.onnx, document, ['flavors', 'onnx']);
};

/** `MLmodel`, as `mlflow.onnx.save_model` and `log_model` write it. @throws UploadRejected */
export const readMlmodel = (text: string): MlModel => {
  const document = readYaml(text, MLMODEL, 'bad-mlmodel');
  const { flavors, signature, saved_input_example_info: example } = read(mlmodelSchema, document.values, document, []);
  const { data } = onnxFlavor(flavors, document);
  const python = read(pythonFlavorSchema, flavors.python_function ?? {}, document, ['flavors', 'python_function']);
  const named = [data, ...(python.env ?? []), example?.artifact_path, example?.serving_input_path];
  const inputs = specsOf(signature?.inputs, 'inputs', document);
  const outputs = specsOf(signature?.outputs, 'outputs', document);
  return {
    data,
    files: [...new Set(named.filter((path): path is string => typeof path === 'string'))],
    ...(inputs ? { inputs } : {}),
    ...(outputs ? { outputs } : {}),
  };
};

const environmentFileSchema = z.object({ dependencies: z.array(z.unknown()) });

/** Files that a directory's python_env.yaml refers to, which MLflow writes beside it: `-r requirements.txt`. */
export const requirementsOf = (text: string, name: string): string[] => {
  const parsed = environmentFileSchema.safeParse(readYaml(text, name, 'bad-mlmodel').values);
  const lines = parsed.success ? parsed.data.dependencies : [];
  return lines.flatMap((line) => {
    const path = pathSchema.safeParse(/^-r\s+(\S+)$/.exec(String(line))?.[1]);
    return path.success ? [path.data] : [];
  });
};
