import type { Datatype, Tensor } from '../../../registry/contract';
import { LENGTH_BYTES } from '../binary-tensors';
import type { ColumnPlace } from '../encode-columns';
import { ARRAYS, elementsOf, showShape } from '../tensor';
import { columnElement } from './column-element';
import { answeredElement, givenElement } from './element-schema';
import { anyOf, arrayOf, exactly, NEVER, objectOf, type Schema } from './json-schema';

const dimension = (size: number, maximum?: number): Schema => {
  if (size >= 0) return { const: size };
  return { type: 'integer', minimum: 1, ...(maximum === undefined ? {} : { maximum }) };
};

const shapeSchema = ({ shape }: Tensor, maxRows: number | undefined): Schema =>
  shape.length === 0
    ? { type: 'array', maxItems: 0 }
    : {
        type: 'array',
        prefixItems: shape.map((size, at) => dimension(size, at === 0 ? maxRows : undefined)),
        items: false,
        ...exactly(shape.length),
      };

const sized = (items: Schema, size: number): Schema => arrayOf(items, size < 0 ? { minItems: 1 } : exactly(size));

/** One element after the other, named by the columns that fill a row. */
const rowSchema = (element: Schema, datatype: Datatype, places: readonly ColumnPlace[]): Schema => {
  const prefixItems = places.flatMap(({ column, width }) =>
    Array.from({ length: width }, () => columnElement(element, column, datatype)),
  );
  return { type: 'array', prefixItems, items: false, ...exactly(prefixItems.length) };
};

/** Nested lists of the declared rank. */
export const nestedSchema = ({ datatype, shape }: Tensor, places: readonly ColumnPlace[]): Schema => {
  const element = givenElement(datatype);
  const [rows = 1, ...inner] = shape;
  // A row of any width holds whatever is sent.
  const isRow = inner.length === 1 && inner[0] !== -1 && places.length > 0;
  const row = isRow
    ? rowSchema(element, datatype, places)
    : inner.reduceRight((part, size) => sized(part, size), element);
  return sized(row, rows);
};

const flatSchema = ({ datatype, shape }: Tensor): Schema =>
  sized(givenElement(datatype), shape.some((size) => size < 0) ? -1 : elementsOf(shape));

const givenHead = (tensor: Tensor, maxRows: number | undefined) => ({
  name: { const: tensor.name },
  datatype: { const: tensor.datatype },
  shape: shapeSchema(tensor, maxRows),
});

/** `parameters` of a tensor that is sent as bytes. */
const asBytes = (size: Schema): Schema => objectOf({ binary_data_size: size });

/**
 * An input of an inference request, with its elements.
 * @param places of the columns that fill it
 * @param maxRows rows of a request at most; undefined is any number
 */
export const givenTensor = (tensor: Tensor, places: readonly ColumnPlace[], maxRows: number | undefined): Schema => {
  const { name, datatype, shape } = tensor;
  const data = shape.length < 2 ? [flatSchema(tensor)] : [flatSchema(tensor), nestedSchema(tensor, places)];
  const [flat, ...nested] = data as [Schema, ...Schema[]];
  return {
    title: name,
    description: `${datatype} ${showShape(shape)}, −1 is any size. Elements in row-major order, flat or nested, as many as the shape says.`,
    ...objectOf(
      {
        ...givenHead(tensor, maxRows),
        data: anyOf(flat, ...nested),
        parameters: objectOf({ binary_data_size: NEVER }, ['binary_data_size']),
      },
      ['parameters'],
    ),
  };
};

/** Bytes that a request may have for a tensor; a string's length comes before its own. */
const sizeSchema = ({ datatype, shape }: Tensor): Schema => {
  const fixed = elementsOf(shape.filter((size) => size > 0));
  if (datatype === 'BYTES') return { type: 'integer', minimum: fixed * LENGTH_BYTES };
  const bytes = fixed * ARRAYS[datatype].BYTES_PER_ELEMENT;
  return shape.some((size) => size < 0) ? { type: 'integer', minimum: bytes, multipleOf: bytes } : { const: bytes };
};

/** An input of an inference request whose elements are bytes that lie elsewhere. @param maxRows as for `givenTensor` */
export const givenBytes = (tensor: Tensor, maxRows: number | undefined): Schema => {
  const { name, datatype, shape } = tensor;
  const form = datatype === 'BYTES' ? 'each string behind its length in 32 bits, little-endian' : 'little-endian';
  return {
    title: `${name} as bytes`,
    description: `${datatype} ${showShape(shape)}, −1 is any size. Elements in row-major order, ${form}, as many as the shape says.`,
    ...objectOf({ ...givenHead(tensor, maxRows), data: NEVER, parameters: asBytes(sizeSchema(tensor)) }, ['data']),
  };
};

/** Its shape is left open: converters declare wrong ones, and the real one is sent. */
const answeredHead = ({ name, datatype }: Tensor) => ({
  name: { const: name },
  datatype: { const: datatype },
  shape: arrayOf({ type: 'integer', minimum: 0 }),
});

const declaredAs = ({ datatype, shape }: Tensor, about: string | undefined): string =>
  [`${datatype}, declared as ${showShape(shape)}.`, ...(about === undefined ? [] : [about])].join(' ');

/** An output of an answer, with its elements. @param about what it means */
export const answeredTensor = (tensor: Tensor, about: string | undefined): Schema => ({
  title: tensor.name,
  description: declaredAs(tensor, about),
  ...objectOf({ ...answeredHead(tensor), data: arrayOf(answeredElement(tensor.datatype)) }),
});

/** An output of an answer whose elements are bytes behind the JSON. @param about what it means */
export const answeredBytes = (tensor: Tensor, about: string | undefined): Schema => ({
  title: `${tensor.name} as bytes`,
  description: declaredAs(tensor, about),
  ...objectOf({ ...answeredHead(tensor), data: NEVER, parameters: asBytes({ type: 'integer', minimum: 0 }) }, ['data']),
});
