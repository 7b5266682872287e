/** Rows by score, lowest first; undefined when a score is no number. One ranking serves every metric that goes by order. */
export const rankingOf = (scores: ArrayLike<number>): Uint32Array | undefined => {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) return undefined;
  return Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
};

/** Ranks from 1 in ascending order of score; ties share the mean of their ranks. */
export const midranks = (scores: ArrayLike<number>, order = rankingOf(scores) ?? new Uint32Array()): Float64Array => {
  const ranks = new Float64Array(scores.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end] ?? 0] === scores[order[start] ?? 0]) end++;
    for (let at = start; at < end; at++) ranks[order[at] ?? 0] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
};
