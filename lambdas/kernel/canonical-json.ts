/**
 * JSON with object keys in code-unit order and no white space, so that equal values have equal bytes (RFC 8785 for the
 * values used here: strings, finite numbers, booleans, null, arrays, objects). `undefined` members are left out.
 * @throws TypeError for a number that JSON cannot carry.
 */
export const canonicalJson = (value: unknown): string => {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`JSON cannot carry the number ${value}`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
};
