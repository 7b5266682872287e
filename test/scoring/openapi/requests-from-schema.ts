import fc from 'fast-check';

interface Schema {
  readonly [keyword: string]: unknown;
}

const numberIn = ({ minimum = -1e9, maximum = 1e9 }: Schema): fc.Arbitrary<unknown> =>
  fc.double({ min: Number(minimum), max: Number(maximum), noNaN: true, noDefaultInfinity: true });
const integerIn = ({ minimum, maximum }: Schema): fc.Arbitrary<unknown> =>
  fc
    .bigInt({ min: BigInt(minimum as bigint), max: BigInt(maximum as bigint) })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));

/** Values of a single element, whatever its schema allows. */
const elements = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.anyOf) return fc.oneof(...(schema.anyOf as Schema[]).map(elements));
  if ('const' in schema) return fc.constant(schema.const);
  // A keyword's value is `unknown` in Schema; JSON Schema has it a list.
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]));
  const types = [schema.type].flat();
  const byType = types.map((type) => {
    if (type === 'null') return fc.constant(null);
    if (type === 'string') return fc.string();
    if (type === 'boolean') return fc.boolean();
    return type === 'integer' ? integerIn(schema) : numberIn(schema);
  });
  return fc.oneof(...byType);
};

/** Nested lists of a shape. */
const nested = (schema: Schema, [size, ...inner]: readonly number[]): fc.Arbitrary<unknown> => {
  if (size === undefined) return elements(schema);
  if (schema.prefixItems) return fc.tuple(...(schema.prefixItems as Schema[]).map((item) => nested(item, inner)));
  return fc.array(nested(schema.items as Schema, inner), { minLength: size, maxLength: size });
};

/** Sizes of a tensor that its schema allows; first dimensions agree. */
const shapes = (schema: Schema, rows: number): fc.Arbitrary<number[]> => {
  const sizes = ((schema.prefixItems ?? []) as Schema[]).map((size, at) => {
    if ('const' in size) return fc.constant(size.const as number);
    return at === 0 ? fc.constant(rows) : fc.integer({ min: size.minimum as number, max: 3 });
  });
  return fc.tuple(...sizes).map((drawn) => [...drawn]);
};

const tensors = (schema: Schema, rows: number): fc.Arbitrary<object> => {
  const { name, datatype, shape, data } = schema.properties as Record<string, Schema>;
  return shapes(shape ?? {}, rows).chain((sizes) => {
    const forms = (data?.anyOf ?? [data]) as Schema[];
    // The flat form cannot say which column has which limits.
    const form = forms.at(-1) ?? {};
    return nested(form, sizes).map((values) => ({
      name: name?.const,
      datatype: datatype?.const,
      shape: sizes,
      data: values,
    }));
  });
};

/** Rows that a document's schema describes, where there are named columns. */
export const recordsFrom = (document: Schema): fc.Arbitrary<{ dataframe_records: unknown[] }> | undefined => {
  const { schemas } = document.components as {
    schemas: { Row?: { properties: Record<string, Schema>; required: string[] } };
  };
  if (schemas.Row === undefined) return undefined;
  const { properties, required } = schemas.Row;
  const cells = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, elements(schema)]));
  const row = fc.record(cells, { requiredKeys: required });
  return fc.record({ dataframe_records: fc.array(row, { minLength: 4, maxLength: 4 }) });
};

/** Inference requests that a document's schema describes; the number of elements follows the shape. */
export const requestsFrom = (document: Schema): fc.Arbitrary<{ inputs: object[] }> => {
  const { schemas } = document.components as { schemas: { InferenceInput: Schema } };
  const each = (schemas.InferenceInput.oneOf ?? [schemas.InferenceInput]) as Schema[];
  return fc
    .integer({ min: 1, max: 4 })
    .chain((rows) => fc.tuple(...each.map((schema) => tensors(schema, rows))))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
    .map((all) => ({ inputs: all }));
};
