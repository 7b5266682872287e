/** Positions of the rows of each value, in order of the values. */
export const rowsBy = (values: readonly string[]): [string, Int32Array][] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rows = new Map([...counts].map(([value, n]) => [value, new Int32Array(n)]));
  const filled = new Map<string, number>();
  values.forEach((value, row) => {
    const at = filled.get(value) ?? 0;
    const own = rows.get(value);
    if (own !== undefined) own[at] = row;
    filled.set(value, at + 1);
  });
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
};
