import fc from 'fast-check';
import { type Condition, parseFilter } from '../../lambdas/mlflow/domain/filter';
import { matchesAll, pinnedTo, type Searchable } from '../../lambdas/mlflow/domain/matches';

const parsed = (filter: string) =>
  parseFilter(filter).map(({ kind, key, operator, values }) => `${kind} ${key} ${operator} ${values.join('|')}`.trim());

test.each([
  ['', []],
  ["name = 'credit'", ['attribute name = credit']],
  ["name ILIKE '%Credit%' AND tag.stage = 'prod'", ['attribute name ILIKE %Credit%', 'tag stage = prod']],
  ["tag.`mlflow.prompt.is_prompt` != 'true'", ['tag mlflow.prompt.is_prompt != true']],
  ['tags.mlflow.user="ada"', ['tag mlflow.user = ada']],
  ['metrics.auc >= 0.75 and metrics."f1 score" < 1e-3', ['metric auc >= 0.75', 'metric f1 score < 0.001']],
  ["params.lr = '0.1'", ['param lr = 0.1']],
  ["attributes.status IN ('FINISHED', 'FAILED')", ['attribute status IN FINISHED|FAILED']],
  ["run_id NOT IN ('a')", ['attribute run_id NOT IN a']],
  ['tags.owner IS NULL AND tags.team IS NOT NULL', ['tag owner IS NULL', 'tag team IS NOT NULL']],
  ["name = 'it''s' AND version_number > -1", ["attribute name = it's", 'attribute version_number > -1']],
])('%s', (filter, conditions) => {
  expect(parsed(filter)).toEqual(conditions);
});

test.each([
  ['name', 'expected one of = !='],
  ["name = 'a' OR name = 'b'", 'expected AND, found "OR" at position 12'],
  ['name = credit', 'expected a text in quotes, or a number, found "credit"'],
  ["name = 'open", 'cannot be read at position 8'],
  ["wrong.key = 'a'", 'tags, metrics, params or attributes before the dot, not wrong'],
  ["name IN 'a'", 'expected (, found'],
  ["tags. = 'a'", 'a key behind the dot'],
])('%s is refused with the place: %s', (filter, words) => {
  expect(() => parseFilter(filter)).toThrow(words);
});

const ITEM: Searchable = {
  attributes: { name: 'Credit-Risk', version_number: 3, run_id: undefined },
  tags: { stage: 'prod' },
  metrics: { auc: 0.8 },
  params: { lr: '0.1' },
};

test.each([
  ["name = 'Credit-Risk'", true],
  ["name = 'credit-risk'", false],
  ["name LIKE 'Credit%'", true],
  ["name LIKE 'credit%'", false],
  ["name ILIKE 'credit_risk'", true],
  ["name LIKE 'Credit.Risk'", false],
  ['version_number > 2 AND version_number <= 3', true],
  ["tags.stage != 'prod'", false],
  ["tag.`mlflow.prompt.is_prompt` != 'true'", true],
  ["tags.owner = 'x'", false],
  ["tags.owner != 'x'", false],
  ["tags.owner NOT IN ('x')", false],
  ["tags.`mlflow.prompt.is_prompt` = 'true'", false],
  ["tags.`mlflow.prompt.is_prompt` = 'false'", true],
  ['tags.owner IS NULL', true],
  ['metrics.auc > 0.75', true],
  ['metrics.f1 > 0', false],
  ["params.lr = '0.1'", true],
  ["run_id = ''", false],
  ["name IN ('a', 'Credit-Risk')", true],
])('%s: %s', (filter, matched) => {
  expect(matchesAll(parseFilter(filter), ITEM)).toBe(matched);
});

test('an attribute that there is not is named, with those that there are', () => {
  expect(() => matchesAll(parseFilter("colour = 'red'"), ITEM)).toThrow(
    'there is no attribute colour to search by; there are name, version_number, run_id',
  );
});

test('a filter may pin what is searched for', () => {
  expect(pinnedTo(parseFilter("name = 'a' AND tags.x = 'y'"), 'name')).toBe('a');
  expect(pinnedTo(parseFilter("name LIKE 'a'"), 'name')).toBeUndefined();
});

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

test('whatever the values and keys are, a written condition is read as it was meant', () => {
  const condition = fc.record({
    kind: fc.constantFrom('tag' as const, 'metric' as const, 'param' as const),
    key: fc.string({ minLength: 1 }).filter((key) => !key.includes('`')),
    operator: fc.constantFrom<Condition['operator']>('=', '!=', 'LIKE', 'ILIKE'),
    values: fc.tuple(fc.string()),
  });
  fc.assert(
    fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), (conditions) => {
      const text = conditions
        .map(({ kind, key, operator, values }) => `${kind}s.\`${key}\` ${operator} ${quoted(values[0])}`)
        .join(' AND ');
      expect(parseFilter(text)).toEqual(conditions);
    }),
  );
});

test('no text makes the parser do anything but read or refuse', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      try {
        parseFilter(text);
      } catch (error) {
        expect(error).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' });
      }
    }),
  );
});

test('LIKE is what a regular expression would make of it, in time that patterns cannot stretch', () => {
  const piece = fc.constantFrom('a', 'b', '%', '_', '.', '😀');
  const text = fc.array(fc.constantFrom('a', 'b', '.', '😀'), { maxLength: 8 }).map((parts) => parts.join(''));
  const matches = (value: string, pattern: string) =>
    matchesAll([{ kind: 'tag', key: 't', operator: 'LIKE', values: [pattern] }], {
      attributes: {},
      tags: { t: value },
    });
  fc.assert(
    fc.property(text, fc.array(piece, { maxLength: 6 }), (value, parts) => {
      const source = parts.map((part) =>
        part === '%' ? '[\\s\\S]*' : part === '_' ? '[\\s\\S]' : part.replace('.', '\\.'),
      );
      expect(matches(value, parts.join(''))).toBe(new RegExp(`^${source.join('')}$`, 'u').test(value));
    }),
    { numRuns: 500 },
  );
  const before = Date.now();
  expect(matches('a'.repeat(5000), `${'%a'.repeat(1500)}%b`)).toBe(false);
  expect(Date.now() - before).toBeLessThan(2000);
});

test.each(['constructor', 'toString', '__proto__'])('%s is a tag like any other, where somebody wrote it', (key) => {
  const bare: Searchable = { attributes: { name: 'x' }, tags: {} };
  const written: Searchable = { ...bare, tags: Object.fromEntries([[key, 'a']]) };
  const found = (filter: string) => [bare, written].map((item) => matchesAll(parseFilter(filter), item));
  expect(found(`tags.${key} IS NULL`)).toEqual([true, false]);
  expect(found(`tags.${key} LIKE '%'`)).toEqual([false, true]);
  expect(() => matchesAll(parseFilter(`${key} = 'x'`), bare)).toThrow(/no attribute/);
});
