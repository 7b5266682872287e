import type { AttributeFairness, LabelledEvidence } from '../../contract';
import {
  type GateOf,
  type JudgedVersion,
  labelledOf,
  limitsText,
  noEvidence,
  type Said,
  shown,
} from './judged-version';

type Found =
  | {
      readonly attributes: readonly AttributeFairness[];
      /** What it takes to be judged. */
      readonly enough: string;
    }
  | { readonly why: string };

const enoughIn = ({ data: { clustering } }: LabelledEvidence): string =>
  clustering === undefined ? '30 rows' : `30 rows of 30 clusters (${clustering.column})`;

/** Attributes that a gate speaks of, or why there are none to judge. */
const attributesFor = (attribute: string | undefined, judged: JudgedVersion): Found => {
  const evidence = labelledOf(judged);
  if (evidence === undefined) return { why: `there is nothing to judge: ${noEvidence(judged)}` };
  const all = evidence.fairness ?? [];
  const attributes = attribute === undefined ? all : all.filter((found) => found.attribute === attribute);
  if (attributes.length > 0) return { attributes, enough: enoughIn(evidence) };
  const named = attribute === undefined ? 'no protected columns' : `no protected column ${attribute}`;
  return { why: `the evidence has ${named} to compare; list it as evaluation.protected in contender.yaml` };
};

interface Compared {
  readonly name: string;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

const comparedBy = (attributes: readonly AttributeFairness[], measure: string) =>
  attributes.flatMap(({ attribute, groups }) =>
    groups.flatMap(({ group, measures }) =>
      measures
        .filter((found) => found.measure === measure)
        .map((found) => ({ name: `${attribute} ${group}`, ...found })),
    ),
  );

const ALL = 'every protected attribute';

/** A difference counts once its whole interval is beyond the tolerance. */
export const judgeFairness = (gate: GateOf<'fairness'>, judged: JudgedVersion): Said => {
  const { measure, tolerance, attribute } = gate;
  const said = { gate: `${measure} by ${attribute ?? ALL}`, threshold: `within ± ${tolerance} of the rest` };
  const found = attributesFor(attribute, judged);
  if ('why' in found) return { ...said, pass: false, why: found.why };
  const all = comparedBy(found.attributes, measure);
  const small = all.filter(({ tooSmall }) => tooSmall).map(({ name }) => name);
  const compared = all.flatMap(({ name, difference, low, high }): Compared[] =>
    difference === undefined || low === undefined || high === undefined ? [] : [{ name, difference, low, high }],
  );
  const excess = ({ low, high }: Compared): number => Math.max(low, -high);
  const [worst] = [...compared].sort((a, b) => excess(b) - excess(a));
  const unjudged = small.length === 0 ? '' : `; too small to judge: ${small.slice(0, 5).join(', ')}`;
  if (worst === undefined)
    return { ...said, pass: false, why: `no group has ${found.enough} to be judged by${unjudged}` };
  const { name, difference, low, high } = worst;
  const why = `${name}: ${shown(difference)} from the rest, between ${shown(low)} and ${shown(high)}${unjudged}`;
  return { ...said, value: difference, pass: excess(worst) <= tolerance, why };
};

/** The attribute that is furthest from parity, and by how much. */
const furthest = (
  attributes: readonly AttributeFairness[],
  { measure, as }: GateOf<'parity'>,
): { readonly attribute: string; readonly value: number } | undefined => {
  const values = attributes.flatMap((found) => {
    const spread = found[measure];
    return spread === undefined ? [] : [{ attribute: found.attribute, value: spread[as] }];
  });
  return values.sort((a, b) => (as === 'ratio' ? a.value - b.value : b.value - a.value))[0];
};

export const judgeParity = (gate: GateOf<'parity'>, judged: JudgedVersion): Said => {
  const { measure, as, attribute, min = -Infinity, max = Infinity } = gate;
  const said = { gate: `${measure} ${as} by ${attribute ?? ALL}`, threshold: limitsText(gate) };
  const found = attributesFor(attribute, judged);
  if ('why' in found) return { ...said, pass: false, why: found.why };
  const worst = furthest(found.attributes, gate);
  if (worst === undefined)
    return { ...said, pass: false, why: `fewer than two groups have ${found.enough} to be judged by` };
  const { value } = worst;
  return { ...said, value, pass: value >= min && value <= max, why: `${shown(value)} by ${worst.attribute}` };
};
