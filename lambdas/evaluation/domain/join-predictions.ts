import { joinFloats, joinIndices } from './join-arrays';
import { type ClassProbabilities, MAX_PROBABILITIES, type Predictions } from './predictions';

type Classes = Extract<Predictions, { kind: 'classes' }>;

/** Undefined as soon as one part lacks it. */
const allOf = <T>(values: readonly (T | undefined)[]): readonly T[] | undefined => {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
};

const joinProbabilities = (parts: readonly Classes[]): ClassProbabilities | undefined => {
  const present = allOf(parts.map(({ probabilities }) => probabilities));
  const [first] = present ?? [];
  if (present === undefined || first === undefined) return undefined;
  return { classes: first.classes, values: joinFloats(present.map(({ values }) => values)) };
};

/** What a version said about consecutive parts of the data, as one. */
export class PredictionParts {
  private readonly parts: Predictions[] = [];
  private probabilities = 0;

  add(part: Predictions): void {
    if (part.kind === 'numbers' || part.probabilities === undefined) {
      this.parts.push(part);
      return;
    }
    this.probabilities += part.probabilities.values.length;
    const tooMany = this.probabilities > MAX_PROBABILITIES;
    this.parts.push(tooMany ? { ...part, probabilities: undefined } : part);
    // What one part lacks, all lack in the end: let go of it now.
    if (tooMany) for (const [at, kept] of this.parts.entries()) this.letGo(kept, at);
  }

  join(): Predictions {
    const classes = this.parts.flatMap((part) => (part.kind === 'classes' ? [part] : []));
    if (classes.length === 0) {
      return {
        kind: 'numbers',
        values: joinFloats(this.parts.flatMap((part) => (part.kind === 'numbers' ? [part.values] : []))),
      };
    }
    const positive = allOf(classes.map((part) => part.positive));
    return {
      kind: 'classes',
      index: joinIndices(classes.map(({ index }) => index)),
      positive: positive && joinFloats(positive),
      probabilities: joinProbabilities(classes),
    };
  }

  private letGo(kept: Predictions, at: number): void {
    if (kept.kind === 'classes') this.parts[at] = { ...kept, probabilities: undefined };
  }
}
