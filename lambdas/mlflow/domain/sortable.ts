/** Digits of the largest whole number that is exact, 2^53 - 1. */
const DIGITS = 16;

/** Exact whole numbers as texts that sort as they do; `-` sorts before digits. */
export const sortableInteger = (n: number): string =>
  n < 0 ? `-${String(Number.MAX_SAFE_INTEGER + n).padStart(DIGITS, '0')}` : String(Math.trunc(n)).padStart(DIGITS, '0');

const SIGN = 1n << 63n;
const ALL = (1n << 64n) - 1n;

/** Doubles as texts that sort as they do; what is no number comes before all that are. */
export const sortableDouble = (n: number): string => {
  if (Number.isNaN(n)) return '';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, n + 0);
  const bits = view.getBigUint64(0);
  return ((bits & SIGN) === 0n ? bits | SIGN : bits ^ ALL).toString(16).padStart(16, '0');
};

interface Point {
  /** As texts are stored: a number, NaN, Infinity or -Infinity. */
  readonly value: string;
  readonly timestamp: number;
  readonly step: number;
}

/** Where a value stands among those of its metric: the latest by step, time and value stands for the metric, as with MLflow. */
export const latestPlace = ({ step, timestamp, value }: Point): string =>
  `${sortableInteger(step)}#${sortableInteger(timestamp)}#${sortableDouble(Number(value))}`;

/** Where a value stands in the history of its metric: by time, step and value, as MLflow lists it. */
export const historyPlace = ({ step, timestamp, value }: Point): string =>
  `${sortableInteger(timestamp)}#${sortableInteger(step)}#${sortableDouble(Number(value))}`;
