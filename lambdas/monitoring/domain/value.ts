import type { ValueTable } from '../../registry/contract';

/** Business value of one decision, in the table's currency. */
export const businessValue = (table: ValueTable, predictedPositive: boolean, isPositive: boolean): number => {
  if (predictedPositive) return isPositive ? table.tp : table.fp;
  return isPositive ? table.fn : table.tn;
};

/** Cost of a decision, scaled by the table's bounds to a loss in [0,1]; 0 for the best cell. */
export const costLoss = (table: ValueTable, predictedPositive: boolean, isPositive: boolean): number => {
  const cells = [table.tp, table.fp, table.fn, table.tn];
  const best = Math.max(...cells);
  const worst = Math.min(...cells);
  return best === worst ? 0 : (best - businessValue(table, predictedPositive, isPositive)) / (best - worst);
};
