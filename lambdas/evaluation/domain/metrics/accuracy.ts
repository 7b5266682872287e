/** Share of rows whose predicted class is the true one; in [0,1]. Both hold class indices. */
export const accuracy = (predicted: ArrayLike<number>, truth: ArrayLike<number>): number => {
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (predicted[i] === truth[i]) right += 1;
  return right / truth.length;
};
