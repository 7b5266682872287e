/** Uniform numbers in [0,1) that are the same for the same seed. Source: mulberry32, T. Ettinger, public domain; period 2³². */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** The same version is sampled and shuffled the same way, whenever and wherever it is evaluated. */
export const seedOf = (rootDigest: string): number => Number.parseInt(rootDigest.slice(0, 8), 16);

/** `count` of the numbers 0 … `of` − 1 in random order (Fisher–Yates, stopped early). */
export const drawDistinct = (count: number, of: number, random: () => number): Int32Array => {
  const numbers = Int32Array.from({ length: of }, (_, index) => index);
  const wanted = Math.min(count, of);
  for (let at = 0; at < wanted; at++) {
    const other = at + Math.floor(random() * (of - at));
    const kept = numbers[at] ?? 0;
    numbers[at] = numbers[other] ?? 0;
    numbers[other] = kept;
  }
  return numbers.subarray(0, wanted);
};
