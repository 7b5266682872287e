const lengthOf = (parts: readonly { readonly length: number }[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);

export const joinFloats = (parts: readonly Float64Array[]): Float64Array => {
  const joined = new Float64Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

export const joinIndices = (parts: readonly Int32Array[]): Int32Array => {
  const joined = new Int32Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};
