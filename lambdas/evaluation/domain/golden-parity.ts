/** Let through where the manifest does not say: the last bits of float32 arithmetic on another machine. */
const DEFAULT_TOLERANCE = { abs: 1e-5, rel: 1e-4 } as const;
const MAX_FAILURES = 10;
const MAX_TEXT_LENGTH = 64;

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

export const toleranceOf = ({ abs, rel }: { abs?: number | undefined; rel?: number | undefined }): Tolerance => ({
  abs: abs ?? DEFAULT_TOLERANCE.abs,
  rel: rel ?? DEFAULT_TOLERANCE.rel,
});

export interface GoldenFailure {
  /** Counted from 1, after the header. */
  readonly row: number;
  readonly output: string;
  readonly expected: number | string;
  readonly got: number | string;
}

interface Ranked extends GoldenFailure {
  /** How many times the tolerance. */
  readonly excess: number;
}

/** `1.0` and `1` are one class. */
const normal = (text: string): string => text.trim().replace(/^(-?\d+)\.0+$/, '$1');

const shown = (value: number | string): number | string => {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_LENGTH);
  return Number.isFinite(value) ? value : String(value);
};

/** Compares what a model says with what it said where it was built; |got − expected| ≤ abs + rel·|expected|, as numpy.allclose. */
export class GoldenParity {
  private readonly worst: Ranked[] = [];
  private differing = 0;
  private cells = 0;
  private largestAbs = 0;
  private largestRel = 0;

  constructor(private readonly tolerance: Tolerance) {}

  number(row: number, output: string, expected: number, got: number): void {
    this.cells++;
    const difference = Math.abs(got - expected);
    if (Number.isFinite(difference)) {
      this.largestAbs = Math.max(this.largestAbs, difference);
      if (expected !== 0) this.largestRel = Math.max(this.largestRel, difference / Math.abs(expected));
    }
    const { abs, rel } = this.tolerance;
    const allowed = abs + rel * Math.abs(expected);
    if (difference <= allowed) return;
    const excess = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / allowed;
    this.fail({ row, output, expected, got, excess });
  }

  text(row: number, output: string, expected: string, got: string): void {
    this.cells++;
    if (normal(expected) === normal(got)) return;
    this.fail({ row, output, expected, got, excess: Number.POSITIVE_INFINITY });
  }

  get result() {
    const failures = this.worst.map(({ row, output, expected, got }) => ({
      row,
      output,
      expected: shown(expected),
      got: shown(got),
    }));
    const { cells, differing, largestAbs, largestRel } = this;
    return { cells, differing, parity: differing === 0, largestAbs, largestRel, failures };
  }

  /** The worst first; of equally bad ones the first. */
  private fail(failure: Ranked): void {
    this.differing++;
    const at = this.worst.findIndex(({ excess }) => excess < failure.excess);
    this.worst.splice(at < 0 ? this.worst.length : at, 0, failure);
    if (this.worst.length > MAX_FAILURES) this.worst.pop();
  }
}
