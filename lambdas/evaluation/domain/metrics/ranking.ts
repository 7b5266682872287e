/** Rows by score, lowest first; undefined when a score is no number. One ranking serves every metric that goes by order. */
export const rankingOf = (scores: ArrayLike<number>): Uint32Array | undefined => {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) return undefined;
  return Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
};
