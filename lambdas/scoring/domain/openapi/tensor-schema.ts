import type { Column, Tensor } from '../../../registry/contract';
import type { ColumnPlace } from '../encode-columns';
import { elementsOf, showShape } from '../tensor';
import { answeredElement, givenElement } from './element-schema';
import { anyOf, arrayOf, exactly, objectOf, type Schema } from './json-schema';

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

/** Which values of a column are refused within a tensor. */
const limitedElement = (element: Schema, column: Column): Schema => {
  const { levels, encode, min, max, missing } = column;
  const titled: Schema = { title: column.name };
  if (column.unseen !== 'reject' || encode === 'one-hot') return { ...element, ...titled };
  const stand: Schema[] = missing === undefined ? [] : [{ const: missing === 'nan' ? null : missing }];
  if (levels !== undefined && encode === 'ordinal') {
    const description = `Position of the level: ${levels.map((level, at) => `${at} is ${level}`).join(', ')}.`;
    return { ...titled, description, ...anyOf({ type: 'integer', minimum: 0, maximum: levels.length - 1 }, ...stand) };
  }
  if (levels !== undefined && element.type === 'string') return { ...titled, ...anyOf({ enum: levels }, ...stand) };
  const limits = { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
  return { ...titled, ...anyOf({ ...element, ...limits }, ...stand) };
};

/** One element after the other, named by the columns that fill a row. */
const rowSchema = (element: Schema, places: readonly ColumnPlace[]): Schema => {
  const prefixItems = places.flatMap(({ column, width }) =>
    Array.from({ length: width }, () => limitedElement(element, column)),
  );
  return { type: 'array', prefixItems, items: false, ...exactly(prefixItems.length) };
};

/** Nested lists of the declared rank. */
export const nestedSchema = ({ datatype, shape }: Tensor, places: readonly ColumnPlace[]): Schema => {
  const element = givenElement(datatype);
  const [rows = 1, ...inner] = shape;
  // A row of any width holds whatever is sent.
  const isRow = inner.length === 1 && inner[0] !== -1 && places.length > 0;
  const row = isRow ? rowSchema(element, places) : inner.reduceRight((part, size) => sized(part, size), element);
  return sized(row, rows);
};

const flatSchema = ({ datatype, shape }: Tensor): Schema =>
  sized(givenElement(datatype), shape.some((size) => size < 0) ? -1 : elementsOf(shape));

/**
 * An input of an inference request.
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
    ...objectOf({
      name: { const: name },
      datatype: { const: datatype },
      shape: shapeSchema(tensor, maxRows),
      data: anyOf(flat, ...nested),
    }),
  };
};

/** An output of an answer. Its shape is left open: converters declare wrong ones, and the real one is sent. */
export const answeredTensor = ({ name, datatype, shape }: Tensor, about: string | undefined): Schema => ({
  title: name,
  description: [`${datatype}, declared as ${showShape(shape)}.`, ...(about === undefined ? [] : [about])].join(' '),
  ...objectOf({
    name: { const: name },
    datatype: { const: datatype },
    shape: arrayOf({ type: 'integer', minimum: 0 }),
    data: arrayOf(answeredElement(datatype)),
  }),
});
