import fc from 'fast-check';
import { parseJson } from '../../lambdas/scoring/domain/parse-json';

test('any JSON parses as JSON.parse has it, as text and as bytes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseJson(text)).toEqual(JSON.parse(text));
      expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('whole numbers beyond 2^53 keep every digit where they are asked for', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      const parsed = parseJson(`{"a":[ ${value},1.5,0.12345678901234566]}`, { exactIntegers: true });
      const [long, ...others] = (parsed as { a: [number | bigint, number, number] }).a;
      expect(BigInt(long)).toBe(value);
      expect(others).toEqual([1.5, 0.12345678901234566]);
    }),
  );
});

test.each([
  ['in the outermost object', '{"id":"a","inputs":[],"id":"b"}', '"id"'],
  ['further in', '{"inputs":[{"name":"x","data":[1],"data":[2]}]}', '"data"'],
  ['where strings hold colons', '{"a:b":"x:y","c":1,"c":2}', '"c"'],
  ['with the same value', '{"a":1,"a":1}', ''],
  ['in another spelling', '{"a":1,"\\u0061":2}', '"a"'],
])('a key given twice %s is refused by its name', (_, text, name) => {
  expect(() => parseJson(text)).toThrow(name);
  expect(() => parseJson(text)).toThrow('twice');
});

test('colons and quotes in strings are no keys', () => {
  const value = { 'a:"b\\': ['x:y', '\\":', { '': ':::' }], d: '12:30:00' };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});

test.each([
  ['NaN', '{"data":[NaN]}', /no JSON.*NaN and Infinity are no JSON: write null/],
  ['a half', '{"a":', /the body is no JSON/],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
  ['nesting without end', `{"a":1e400,"b":${'['.repeat(200_000)}`, /the body is no JSON|nests too deeply/],
  ['deep nesting beside a long number', `[12345678901234567,${'['.repeat(50_000)}${']'.repeat(50_000)}]`, /too deeply/],
])('%s is refused with the reason', (_, body, message) => {
  expect(() => parseJson(body, { exactIntegers: true })).toThrow(message);
});
