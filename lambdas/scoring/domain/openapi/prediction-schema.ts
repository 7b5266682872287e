import type { Tensor } from '../../../registry/contract';
import { type OutputReading, outputReadingOf } from '../output-reading';
import { elementsOf } from '../tensor';
import { answeredElement } from './element-schema';
import { anyOf, arrayOf, exactly, objectOf, type Schema } from './json-schema';
import type { DescribedVersion } from './signature-view';

/** How a version's outputs are read; undefined for one whose outputs are no predictions. */
export const readingOf = (version: DescribedVersion): OutputReading | undefined => {
  try {
    return outputReadingOf(version);
  } catch {
    return undefined;
  }
};

/** A row of an output: one element, or a list where the graph declares more. */
const rawSchema = ({ datatype, shape }: Tensor): Schema => {
  const element = answeredElement(datatype);
  const inner = shape.slice(1);
  if (inner.includes(-1)) return anyOf(element, arrayOf({}));
  if (elementsOf(inner) === 1) return element;
  return inner.reduceRight<Schema>((part, size) => arrayOf(part, exactly(size)), element);
};

const NUMBER: Schema = { type: ['number', 'null'] };

/** The class by its name, else as the label tensor has it, else its position. */
const labelSchema = ({ signature, manifest: { output } }: DescribedVersion, reading: OutputReading): Schema => {
  if (reading.task === 'regression') return NUMBER;
  if (output?.classes !== undefined) return { enum: output.classes };
  const declared = signature.outputs.find(({ name }) => name === output?.label?.tensor);
  return declared === undefined ? { type: 'integer', minimum: 0 } : rawSchema(declared);
};

const respondedSchema = (version: DescribedVersion, reading: OutputReading | undefined, name: string): Schema => {
  const {
    signature,
    manifest: { output },
  } = version;
  if (reading !== undefined && name === 'label') return labelSchema(version, reading);
  if (reading !== undefined && name === 'score') return NUMBER;
  const declared = name === 'label' ? output?.label : name === 'score' ? output?.score : undefined;
  const tensor = signature.outputs.find((candidate) => candidate.name === (declared?.tensor ?? name));
  return tensor === undefined ? {} : rawSchema(tensor);
};

/** One prediction: an object of the columns of `output.respond`, else of all outputs; the plain value where there is only one. */
export const predictionSchema = (version: DescribedVersion): Schema => {
  const { signature, manifest } = version;
  const respond = manifest.output?.respond ?? [];
  const reading = readingOf(version);
  const columns =
    respond.length > 0
      ? respond.map((name) => [name, respondedSchema(version, reading, name)] as const)
      : signature.outputs.map((tensor) => [tensor.name, rawSchema(tensor)] as const);
  const [only, ...others] = columns;
  return only !== undefined && others.length === 0 ? only[1] : objectOf(Object.fromEntries(columns));
};

/** What an output means, in words. */
export const meaningOf = (
  { manifest: { output } }: DescribedVersion,
  reading: OutputReading | undefined,
  tensor: string,
): string | undefined => {
  if (reading === undefined || reading.task === 'regression') return undefined;
  const classes = output?.classes;
  if (reading.score?.tensor === tensor && classes !== undefined)
    return `A ${reading.score.kind} a class, in the order ${classes.join(', ')}.`;
  if (reading.label?.tensor !== tensor || classes === undefined) return undefined;
  return reading.label.by === 'name'
    ? `One of ${classes.join(', ')}.`
    : `Position of the class: ${classes.map((name, at) => `${at} is ${name}`).join(', ')}.`;
};
