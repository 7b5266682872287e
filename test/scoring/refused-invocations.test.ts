import { mediaTypeOf } from '../../lambdas/scoring/domain/media-type';
import { csv, json, refused } from './invocations';

const MISSING = /^column 'income' \(double\) is missing; expected age, income, tenure; given age, tenure$/;
const EXTRA = /^column 'shoes' is not one of the model's; expected age, income, tenure$/;

test.each<[string, unknown, RegExp]>([
  ['split without a column', '{"dataframe_split": {"columns": ["age", "tenure"], "data": [[1, 2]]}}', MISSING],
  ['records without a column', '{"dataframe_records": [{"age": 1, "tenure": 2}]}', MISSING],
  ['instances without a column', '{"instances": [{"age": 1, "tenure": 2}]}', MISSING],
  ['inputs without a column', '{"inputs": {"age": [1], "tenure": [2]}}', MISSING],
  [
    'split with another column',
    '{"dataframe_split": {"columns": ["age", "income", "tenure", "shoes"], "data": [[1, 2, 3, 4]]}}',
    EXTRA,
  ],
  ['records with another column', '{"dataframe_records": [{"age": 1, "income": 2, "tenure": 3, "shoes": 4}]}', EXTRA],
  ['instances with another column', '{"instances": [{"age": 1, "income": 2, "tenure": 3, "shoes": 4}]}', EXTRA],
  ['inputs with another column', '{"inputs": {"age": [1], "income": [2], "tenure": [3], "shoes": [4]}}', EXTRA],
  [
    'a column of the prototype',
    '{"instances": [{"age": 1, "income": 2, "toString": 3}]}',
    /column 'tenure' \(double\) is missing/,
  ],
  [
    'too few positions',
    '{"instances": [[1, 2]]}',
    /^expected 3 values a row, in the order of age, income, tenure; given 2$/,
  ],
  ['too many positions', '{"dataframe_split": {"data": [[1, 2, 3, 4]]}}', /expected 3 values a row/],
  ['uneven rows', '{"instances": [[1, 2, 3], [1, 2]]}', /^instances, row 1: expected 3 values, given 2$/],
  [
    'a short row',
    '{"dataframe_split": {"columns": ["age", "income", "tenure"], "data": [[1, 2]]}}',
    /row 0: expected 3 values, in the order of age, income, tenure, given 2/,
  ],
  ['a row that is none', '{"instances": [[1, 2, 3], 4]}', /^instances, row 1: expected a list of 3 values, given 4$/],
  [
    'a record that is none',
    '{"dataframe_records": [{"age": 1}, [1]]}',
    /^dataframe_records, row 1: expected an object of columns, given a list$/,
  ],
  ['scalars', '{"inputs": {"age": 1, "income": 2, "tenure": 3}}', /^inputs, column 'age': expected a list, given 1$/],
  [
    'columns of different lengths',
    '{"inputs": {"age": [1], "income": [2, 3], "tenure": [4]}}',
    /'age' has 1, 'income' has 2/,
  ],
  ['a column twice', '{"dataframe_split": {"columns": ["age", "age"], "data": []}}', /names column 'age' twice/],
  ['no columns', '{"inputs": {}}', /inputs holds no columns/],
  [
    'a column that has no name',
    '{"dataframe_split": {"columns": [null], "data": []}}',
    /expected a name at position 0, given null/,
  ],
  [
    'a split that is a list',
    '{"dataframe_split": []}',
    /dataframe_split: expected \{"columns": …, "data": …\}, given a list/,
  ],
  [
    'a split without data',
    '{"dataframe_split": {"columns": ["age"]}}',
    /dataframe_split.data: expected a list, given nothing/,
  ],
  [
    'records that are an object',
    '{"dataframe_records": {"age": [1]}}',
    /dataframe_records: expected a list, given an object/,
  ],
  ['instances that are an object', '{"instances": {"age": [1]}}', /instances: expected a list, given an object/],
  ['no rows', '{"instances": []}', /instances holds no rows/],
  ['no records', '{"dataframe_records": []}', /holds no rows/],
  ['no rows of a split', '{"dataframe_split": {"columns": ["age", "income", "tenure"], "data": []}}', /holds no rows/],
  ['empty columns', '{"inputs": {"age": [], "income": [], "tenure": []}}', /column 'age' holds no rows/],
  ['no form', { input: [] }, /exactly one of dataframe_split, dataframe_records, instances, inputs; given input$/],
  ['nothing', {}, /exactly one of .*given none/],
  ['two forms', '{"inputs": [[1, 2, 3]], "instances": [[1, 2, 3]]}', /given instances, inputs$/],
  ['params', '{"inputs": [[1, 2, 3]], "params": {"top": 1}}', /^params: the model takes none; leave them out$/],
  ['a list', [[1, 2, 3]], /the request: expected an object, given a list/],
  ['an empty body', '', /body is empty/],
  ['what is no JSON', '{"inputs":', /no JSON/],
  ['a bare NaN', '{"inputs": [[1, 2, NaN]]}', /NaN and Infinity are no JSON: write null/],
  [
    'a number that is infinite',
    '{"inputs": [[1, 2, 1e999]]}',
    /column 'tenure', row 0: expected a value within FP32's range/,
  ],
])('are refused as %s', (_, body, message) => {
  expect(() => json(body)).toThrow(refused(message));
});

test.each<[string, string, RegExp]>([
  ['without a column', 'age,tenure\n1,2', MISSING],
  ['with another column', 'age,income,tenure,shoes\n1,2,3,4', EXTRA],
  [
    'with a word for a number',
    'age,income,tenure\n1,2,3\n1,high,3',
    /^column 'income', row 1: expected a number, given "high"$/,
  ],
  ['with uneven rows', 'age,income,tenure\n1,2', /the CSV cannot be read: .*line 2/],
  ['with a quote left open', 'age,income,tenure\n1,"2,3', /the CSV cannot be read/],
  ['separated otherwise', 'age;income;tenure\n1;2;3', /seems to be separated by ";"/],
  ['with a column twice', 'age,age\n1,2', /two columns named 'age'/],
  ['that lacks its header', '1.5,2,3\n4,5,6', /first line of the CSV is its header, given 1.5,2,3; .*header=absent/],
  ['without rows', 'age,income,tenure\n', /the CSV holds no rows/],
  ['that is empty', '', /body is empty/],
])('are refused as CSV %s', (_, body, message) => {
  expect(() => csv(body)).toThrow(refused(message));
});

describe('content types', () => {
  test.each([
    [undefined, { type: 'application/json' }],
    ['application/json', { type: 'application/json' }],
    ['Application/JSON; charset="UTF-8"; format=pandas-split', { type: 'application/json' }],
    ['text/csv', { type: 'text/csv', hasHeader: true }],
    ['text/csv;header=absent; charset=utf-8', { type: 'text/csv', hasHeader: false }],
  ])('%s is taken', (given, expected) => {
    expect(mediaTypeOf(given)).toEqual(expected);
  });

  test.each(['application/vnd.pandas+json', 'application/x-www-form-urlencoded', 'text/plain'])(
    '%s is refused, naming those that are taken',
    (given) => {
      expect(() => mediaTypeOf(given)).toThrow(refused(/send application\/json or text\/csv/, 'unsupported'));
    },
  );

  test('other charsets are refused', () => {
    expect(() => mediaTypeOf('text/csv; charset=latin1')).toThrow(refused(/send UTF-8/, 'unsupported'));
  });
});
