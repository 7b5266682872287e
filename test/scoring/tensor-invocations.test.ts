import type { Signature } from '../../lambdas/registry/contract';
import { bare, csv, json, refused, TWO_ROWS, tensor } from './invocations';

describe('a model without named columns', () => {
  const MATRIX = bare(tensor('X', 'FP32', [-1, 3]));
  const LIST = bare(tensor('x', 'INT64', [-1]));
  const COLUMN = bare(tensor('x', 'FP64', [-1, 1]));
  const SEVERAL = bare(tensor('age', 'INT64', [-1, 1]), tensor('region', 'BYTES', [-1]));
  const IMAGE = bare(tensor('pixels', 'UINT8', [-1, 2, 2]), tensor('flag', 'BOOL', [-1, 1]));

  test.each<[string, Signature, unknown]>([
    ['instances', MATRIX, '{"instances": [[1, 2, 3], [4, 5, 6]]}'],
    ['inputs', MATRIX, '{"inputs": [[1, 2, 3], [4, 5, 6]]}'],
    ['inputs by name', MATRIX, '{"inputs": {"X": [[1, 2, 3], [4, 5, 6]]}}'],
    ['instances by name', MATRIX, '{"instances": [{"X": [1, 2, 3]}, {"X": [4, 5, 6]}]}'],
    [
      'a split frame, by position',
      MATRIX,
      '{"dataframe_split": {"columns": [0, 1, 2], "data": [[1, 2, 3], [4, 5, 6]]}}',
    ],
    [
      'a split frame of any names',
      MATRIX,
      '{"dataframe_split": {"columns": ["b", "a", "c"], "data": [[1, 2, 3], [4, 5, 6]]}}',
    ],
    ['records, by position', MATRIX, '{"dataframe_records": [{"b": 1, "a": 2, "c": 3}, {"b": 4, "a": 5, "c": 6}]}'],
    [
      'a matrix of any width',
      bare(tensor('X', 'FP32', [-1, -1])),
      '{"dataframe_split": {"data": [[1, 2, 3], [4, 5, 6]]}}',
    ],
  ])('takes %s', (_, signature, body) => {
    expect(json(body, signature)).toEqual({ rows: 2, inputs: { X: TWO_ROWS } });
  });

  test('takes CSV by position', () => {
    expect(csv('0,1,2\n1,2,3\n4,5,6', MATRIX).inputs.X).toEqual(TWO_ROWS);
    expect(csv('b,a,c\n1,2,3\n4,5,6', MATRIX).inputs.X).toEqual(TWO_ROWS);
  });

  test('has its values in the shape that the graph wants', () => {
    for (const data of [
      [1, 2],
      [[1], [2]],
    ]) {
      expect(json({ inputs: data }, COLUMN).inputs.x).toEqual({
        datatype: 'FP64',
        shape: [2, 1],
        data: Float64Array.of(1, 2),
      });
      expect(json({ inputs: data }, LIST).inputs.x).toEqual({
        datatype: 'INT64',
        shape: [2],
        data: BigInt64Array.of(1n, 2n),
      });
      expect(json({ instances: data }, LIST).inputs.x?.shape).toEqual([2]);
    }
    expect(json({ dataframe_records: [{ x: 1 }, { x: null }] }, COLUMN).inputs.x?.data).toEqual(
      Float64Array.of(1, Number.NaN),
    );
  });

  test.each<[string, unknown]>([
    ['inputs', '{"inputs": {"region": ["n", "s"], "age": [[1], [2]]}}'],
    ['instances', '{"instances": [{"age": 1, "region": "n"}, {"region": "s", "age": 2}]}'],
    ['records', '{"dataframe_records": [{"age": 1, "region": "n"}, {"region": "s", "age": 2}]}'],
    ['a split frame', '{"dataframe_split": {"columns": ["region", "age"], "data": [["n", 1], ["s", 2]]}}'],
    ['a split frame by position', '{"dataframe_split": {"data": [[1, "n"], [2, "s"]]}}'],
  ])('with several inputs takes %s', (_, body) => {
    expect(json(body, SEVERAL)).toEqual({
      rows: 2,
      inputs: {
        age: { datatype: 'INT64', shape: [2, 1], data: BigInt64Array.of(1n, 2n) },
        region: { datatype: 'BYTES', shape: [2], data: ['n', 's'] },
      },
    });
  });

  test('takes tensors of any rank', () => {
    const pixels = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    const expected = json({ inputs: { pixels, flag: [true, false] } }, IMAGE);
    expect(expected.inputs.pixels).toEqual({
      datatype: 'UINT8',
      shape: [2, 2, 2],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    });
    const rows = pixels.map((image, at) => ({ pixels: image, flag: at === 0 }));
    expect(json({ instances: rows }, IMAGE)).toEqual(expected);
  });

  test.each<[string, Signature, unknown, RegExp]>([
    ['a wrong width', MATRIX, '{"inputs": [[1, 2]]}', /input X: expected shape \[-1, 3\].*given \[1, 2\]/],
    ['a flat list', MATRIX, '{"inputs": [1, 2, 3]}', /given \[3\]/],
    [
      'a wrong width of a frame',
      MATRIX,
      '{"dataframe_split": {"columns": ["a"], "data": [[1]]}}',
      /input X takes 3 columns, given 1 \(a\)/,
    ],
    [
      'a wrong type in a frame',
      MATRIX,
      '{"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, "x", 2]]}}',
      /column 'b', row 0: expected a number/,
    ],
    ['a wrong type', LIST, '{"inputs": [1.5]}', /input x, element 0: expected a whole number \(INT64\)/],
    ['a boolean for a number', COLUMN, '{"inputs": [true]}', /input x, element 0: expected a number/],
    [
      'another input',
      SEVERAL,
      '{"inputs": {"age": [1], "region": ["n"], "shoes": [1]}}',
      /inputs: input shoes is not one of the model's: expected age \(INT64 \[-1, 1\]\), region/,
    ],
    ['a missing input', SEVERAL, '{"inputs": {"age": [1]}}', /inputs: input region \(BYTES \[-1\]\) is missing/],
    [
      'a missing input of a row',
      SEVERAL,
      '{"instances": [{"age": 1, "region": "n"}, {"age": 1}]}',
      /instances, row 1: input region .* is missing/,
    ],
    [
      'another input of a row',
      SEVERAL,
      '{"instances": [{"age": 1, "region": "n", "x": 1}]}',
      /row 0: input x is not one/,
    ],
    [
      'rows that differ',
      SEVERAL,
      '{"inputs": {"age": [1, 2], "region": ["n"]}}',
      /inputs differ in rows: age has 2, region has 1/,
    ],
    ['a list for several inputs', SEVERAL, '{"inputs": [[1, 2]]}', /several inputs; name them: age/],
    ['rows for several inputs', SEVERAL, '{"instances": [[1, 2]]}', /several inputs; name them/],
    [
      'a row that is none',
      SEVERAL,
      '{"instances": [{"age": 1, "region": "n"}, 1]}',
      /row 1: expected an object of inputs, given 1/,
    ],
    ['a missing column', SEVERAL, '{"dataframe_records": [{"age": 1}]}', /column 'region' \(string\) is missing/],
    [
      'a table for an image',
      IMAGE,
      '{"dataframe_records": [{"pixels": 1}]}',
      /takes no table \(its inputs are pixels \[-1, 2, 2\], flag \[-1, 1\]\); send "inputs"/,
    ],
    ['no rows', MATRIX, '{"inputs": []}', /shape \[0\] holds no rows/],
    ['no rows by name', MATRIX, '{"inputs": {"X": [[]]}}', /holds no rows/],
    ['no instances', MATRIX, '{"instances": []}', /instances holds no rows/],
    ['a scalar', MATRIX, '{"inputs": 1}', /inputs: expected a list, given 1/],
    ['a scalar by name', MATRIX, '{"inputs": {"X": 1}}', /input X: expected a list, given 1/],
    ['uneven nesting', MATRIX, '{"inputs": [[1, 2, 3], [1]]}', /dimension 1 has 3 parts, given 1/],
    ['text', MATRIX, '{"inputs": [[1, 2, "x"]]}', /input X, element 2: expected a number/],
  ])('refuses %s', (_, signature, body, message) => {
    expect(() => json(body, signature)).toThrow(refused(message));
  });
});
