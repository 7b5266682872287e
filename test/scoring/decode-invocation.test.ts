import type { Signature } from '../../lambdas/registry/contract';
import { csv, json, OUTPUTS, ROW, refused, TWO_ROWS, TYPED, tensor, text } from './invocations';
import { BINARY_SIGNATURE } from './versions';

describe('rows of named columns', () => {
  test.each<[string, unknown]>([
    ['a split frame', '{"dataframe_split": {"columns": ["tenure", "age", "income"], "data": [[3, 1, 2], [6, 4, 5]]}}'],
    [
      'a split frame with its index',
      '{"dataframe_split": {"columns": ["age", "income", "tenure"], "index": [7, 9], "data": [[1, 2, 3], [4, 5, 6]]}}',
    ],
    ['a split frame by position', '{"dataframe_split": {"data": [[1, 2, 3], [4, 5, 6]]}}'],
    ['records', '{"dataframe_records": [{"tenure": 3, "age": 1, "income": 2}, {"age": 4, "income": 5, "tenure": 6}]}'],
    [
      'instances by name',
      '{"instances": [{"tenure": 3, "age": 1, "income": 2}, {"age": 4, "income": 5, "tenure": 6}]}',
    ],
    ['instances by position', '{"instances": [[1, 2, 3], [4, 5, 6]]}'],
    ['inputs by column', '{"inputs": {"tenure": [3, 6], "age": [1, 4], "income": [2, 5]}}'],
    ['inputs by position', '{"inputs": [[1, 2, 3], [4, 5, 6]]}'],
    ['empty params beside them', '{"inputs": [[1, 2, 3], [4, 5, 6]], "params": {}}'],
    ['params of null', '{"inputs": [[1, 2, 3], [4, 5, 6]], "params": null}'],
  ])('come as %s', (_, body) => {
    expect(json(body)).toEqual({ rows: 2, inputs: { X: TWO_ROWS } });
  });

  test.each([
    ['with a header in any order', 'tenure,age,income\n3,1,2\n6,4,5\n', 'text/csv'],
    ['with a byte order mark and spaces', '\ufeffage, income ,tenure\r\n1,2, 3\r\n4,5,6', 'text/csv; charset=utf-8'],
    ['without a header', '1,2,3\n4,5,6\n', 'text/csv; header=absent'],
  ])('come as CSV %s', (_, body, type) => {
    expect(csv(body, BINARY_SIGNATURE, type)).toEqual({ rows: 2, inputs: { X: TWO_ROWS } });
  });

  test('keep their types, and every digit of a long', () => {
    const body = text({ instances: [{ ...ROW, id: 'ID' }] }).replace('"ID"', '9223372036854775807');
    const { inputs } = json(body, TYPED);
    expect(inputs).toEqual({
      age: { datatype: 'FP32', shape: [1, 1], data: Float32Array.of(30.5) },
      id: { datatype: 'INT64', shape: [1, 1], data: BigInt64Array.of(9223372036854775807n) },
      count: { datatype: 'INT32', shape: [1], data: Int32Array.of(2) },
      region: { datatype: 'BYTES', shape: [1, 1], data: ['n'] },
      new: { datatype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
    });
    expect(csv('age,id,count,region,new\n30.5,9223372036854775807,2,n,true', TYPED).inputs).toEqual(inputs);
  });

  test('may leave out a column whose missing value stands for something', () => {
    const { count: _, ...rest } = ROW;
    for (const body of [{ instances: [rest] }, { instances: [{ ...rest, count: null }] }]) {
      expect(json(body, TYPED).inputs.count?.data).toEqual(Int32Array.of(-1));
    }
    expect(json({ dataframe_records: [ROW, rest] }, TYPED).inputs.count?.data).toEqual(Int32Array.of(2, -1));
    expect(csv('age,id,region,new\n1,2,n,0', TYPED).inputs.count?.data).toEqual(Int32Array.of(-1));
  });

  test('have NaN for null where a column holds floating-point numbers', () => {
    expect(json({ instances: [{ ...ROW, age: null }] }, TYPED).inputs.age?.data).toEqual(Float32Array.of(Number.NaN));
    expect(csv('age,id,count,region,new\nNA,1,2,n,true', TYPED).inputs.age?.data).toEqual(Float32Array.of(Number.NaN));
  });

  test.each<[string, unknown, RegExp]>([
    ['text', { age: 'old' }, /^column 'age', row 1: expected a number, given "old"$/],
    ['digits in quotes', { age: '1' }, /^column 'age', row 1: expected a number, given "1"$/],
    ['true for a number', { age: true }, /^column 'age', row 1: expected a number, given true$/],
    ['a fraction for a long', { id: 1.5 }, /^column 'id', row 1: expected a whole number of 64 bits/],
    [
      'a long for an integer',
      { count: 2 ** 31 },
      /^column 'count', row 1: expected a whole number of 32 bits \(integer\), given 2147483648$/,
    ],
    ['a number for a string', { region: 1 }, /^column 'region', row 1: expected a string, given 1$/],
    ['a number for a boolean', { new: 1 }, /^column 'new', row 1: expected true or false, given 1$/],
    ['null for a long', { id: null }, /^column 'id', row 1: expected a value; .*given nothing$/],
    ['null for a string', { region: null }, /^column 'region', row 1: expected a value/],
    ['a list', { age: [1] }, /^column 'age', row 1: expected a single value, given a list$/],
    ['an object', { region: {} }, /^column 'region', row 1: expected a single value, given an object$/],
    ['the number behind the largest of FP32', { age: 3.402823466385289e38 }, /expected a value within FP32's range/],
    ['a number too large for FP32', { age: 1e39 }, /^column 'age', row 1: expected a value within FP32's range/],
    ['no cell', { id: undefined }, /^column 'id', row 1 is missing; expected long$/],
  ])('are refused with %s, naming column and row', (_, cell, message) => {
    const rows = [ROW, { ...ROW, ...(cell as object) }];
    for (const form of ['instances', 'dataframe_records']) {
      expect(() => json({ [form]: rows }, TYPED)).toThrow(refused(message));
    }
    if (Object.values(cell as object)[0] === undefined) return;
    const columns = Object.keys(ROW);
    const data = rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name]));
    const byColumn = Object.fromEntries(columns.map((name, at) => [name, data.map((row) => row[at])]));
    expect(() => json({ dataframe_split: { columns, data } }, TYPED)).toThrow(refused(message));
    expect(() => json({ instances: data }, TYPED)).toThrow(refused(message));
    expect(() => json({ inputs: byColumn }, TYPED)).toThrow(refused(message));
  });

  test('are held to levels and ranges where the unseen is rejected, but for what stands for a missing value', () => {
    const signature: Signature = {
      ...BINARY_SIGNATURE,
      columns: [
        { name: 'age', type: 'double', min: 18, max: 120, unit: 'years', unseen: 'reject', missing: -0.1 },
        { name: 'region', type: 'string', levels: ['n', 's'], encode: 'ordinal', unseen: 'reject', missing: 'nan' },
        { name: 'free', type: 'double', min: 0 },
      ],
    };
    expect(json({ instances: [[null, null, -5]] }, signature).inputs.X?.data).toEqual(
      Float32Array.of(-0.1, Number.NaN, -5),
    );
    expect(() => json({ instances: [[17, 'n', 0]] }, signature)).toThrow(
      refused(/column age, row 0: expected at least 18 years, given 17/),
    );
    expect(() => json({ instances: [[20, 'w', 0]] }, signature)).toThrow(
      refused(/column 'region', row 0: expected one of its levels n, s, given "w"/),
    );
  });

  test('that are too many for a tensor are refused before it is made', () => {
    const levels = Array.from({ length: 5000 }, (_, at) => `l${at}`);
    const signature: Signature = {
      inputs: [tensor('X', 'FP32', [-1, -1])],
      outputs: OUTPUTS,
      columns: [{ name: 'a', type: 'string', levels, encode: 'one-hot' }],
    };
    const body = { inputs: { a: new Array(1000).fill('l1') } };
    expect(() => json(body, signature)).toThrow(refused(/input X: 5000000 elements/, 'too-large'));
  });

  test('must be as many as the graph has fixed', () => {
    const signature = { ...BINARY_SIGNATURE, inputs: [tensor('X', 'FP32', [1, 3])] };
    expect(json({ instances: [[1, 2, 3]] }, signature).inputs.X?.shape).toEqual([1, 3]);
    expect(() =>
      json(
        {
          instances: [
            [1, 2, 3],
            [1, 2, 3],
          ],
        },
        signature,
      ),
    ).toThrow(refused(/takes exactly 1 rows, given 2/));
  });

  test('of a model whose columns do not fit its graph are not the caller’s fault', () => {
    const signature = { ...BINARY_SIGNATURE, columns: [{ name: 'a', type: 'double' as const }] };
    expect(() => json({ instances: [[1]] }, signature)).toThrow(
      refused(/cannot be asked by columns/, 'upstream-failed'),
    );
  });
});
