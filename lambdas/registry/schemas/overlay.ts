import * as z from 'zod';
import { gateSchema } from './gate';
import { type Risk, riskSchema } from './manifest';
import { APPROVAL_FIELDS, MAX_GATES, ROLLOUT_FIELDS } from './policy-fields';

/**
 * What a policy demands of some of its model's versions beside what it demands of all. Gates are added, and of reviewers the
 * larger number counts; `expiresAfter` and whatever `rollout` says take the place of the policy's own.
 */
export const overlaySchema = z.strictObject({
  gates: z.array(gateSchema).max(MAX_GATES).optional(),
  approval: z.strictObject(APPROVAL_FIELDS).partial().optional(),
  rollout: z.strictObject(ROLLOUT_FIELDS).partial().optional(),
});
export type Overlay = z.infer<typeof overlaySchema>;

/** By risk. A version of a tier also meets what the tiers below it demand. */
export const tiersSchema = z.strictObject({
  low: overlaySchema.optional(),
  medium: overlaySchema.optional(),
  high: overlaySchema.optional(),
});

/** The name that `policy:` has when it is left out: the policy without any of its named overlays. */
export const DEFAULT_POLICY_NAME = 'default';
const MAX_NAMED = 20;

export const namedSchema = z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), overlaySchema, {
  error: ({ code }) =>
    code === 'invalid_key'
      ? 'a name is 1 to 63 letters, digits, dots, dashes or underscores, starting with a letter or digit'
      : undefined,
});

/** Far above what people write, and so far below the 409,600 bytes of an item that however DynamoDB counts them they fit. */
const MAX_BYTES = 150_000;

/** The part of a policy that its overlays must agree with. */
interface Overlaid {
  readonly gates: readonly unknown[];
  readonly leastRisk?: Risk | undefined;
  readonly tiers?: z.infer<typeof tiersSchema> | undefined;
  readonly named?: z.infer<typeof namedSchema> | undefined;
}
interface Fault {
  readonly path: string[];
  readonly message: string;
}

/** What takes the place of the policy's own: two that say it would contradict each other. */
const REPLACING = [
  ['approval', 'expiresAfter'],
  ...Object.keys(ROLLOUT_FIELDS).map((field) => ['rollout', field] as const),
] as const;

const says = (overlay: Overlay | undefined, [part, field]: readonly [string, string]): boolean => {
  const said: object = (part === 'approval' ? overlay?.approval : overlay?.rollout) ?? {};
  return field in said;
};

/** A tier without a word of its own would go by the tier below, or by the policy: the operator says which. */
const unsaidAbove = ({ tiers = {} }: Overlaid): Fault[] =>
  REPLACING.flatMap((field) => {
    const lowest = riskSchema.options.findIndex((risk) => says(tiers[risk], field));
    if (lowest < 0) return [];
    const [below] = riskSchema.options.slice(lowest);
    return riskSchema.options.slice(lowest + 1).flatMap((risk) =>
      says(tiers[risk], field)
        ? []
        : {
            path: ['tiers', risk, ...field],
            message: `the tier ${below} says ${field.join('.')} for itself; say what holds for ${risk}, too`,
          },
    );
  });

/** A version may be of a tier and under a name. */
const saidTwice = ({ tiers = {}, named = {} }: Overlaid): Fault[] =>
  REPLACING.filter((field) => Object.values(tiers).some((tier) => says(tier, field))).flatMap((field) =>
    Object.entries(named)
      .filter(([, overlay]) => says(overlay, field))
      .map(([name]) => ({
        path: ['named', name, ...field],
        message: `tiers say ${field.join('.')}, too, and a version may be of a tier and under "${name}"; say it in tiers or in named, and not in both`,
      })),
  );

const gatesOf = (overlay: Overlay | undefined): number => overlay?.gates?.length ?? 0;

/** The version that meets most: of the highest tier, under the name with most gates. */
const tooManyGates = ({ gates, tiers = {}, named = {} }: Overlaid): Fault[] => {
  const tiered = Object.values(tiers).reduce((sum, tier) => sum + gatesOf(tier), 0);
  const counts = Object.entries(named).map(([name, overlay]) => ({ name, count: gatesOf(overlay) }));
  const largest = counts.sort((a, b) => b.count - a.count)[0];
  const sum = gates.length + tiered + (largest?.count ?? 0);
  if (sum <= MAX_GATES) return [];
  const parts = [
    `${gates.length} of the policy`,
    `${tiered} of its tiers`,
    ...(largest ? [`${largest.count} of "${largest.name}"`] : []),
  ];
  return [
    {
      path: largest?.count ? ['named', largest.name, 'gates'] : ['tiers'],
      message: `a version may meet ${sum} gates (${parts.join(', ')}), over the limit of ${MAX_GATES}; take some out`,
    },
  ];
};

const badNames = ({ named = {} }: Overlaid): Fault[] => {
  const names = Object.keys(named);
  return [
    ...(names.length > MAX_NAMED
      ? [{ path: ['named'], message: `${names.length} names, over the limit of ${MAX_NAMED}` }]
      : []),
    ...(DEFAULT_POLICY_NAME in named
      ? [
          {
            path: ['named', DEFAULT_POLICY_NAME],
            message: `"${DEFAULT_POLICY_NAME}" is the policy without any name; write its gates above, or choose another name`,
          },
        ]
      : []),
  ];
};

/** No item in DynamoDB holds it. */
const tooLarge = (policy: Overlaid): Fault[] => {
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  if (bytes <= MAX_BYTES) return [];
  return [
    { path: [], message: `the policy has ${bytes} bytes as JSON, over the limit of ${MAX_BYTES} for its record` },
  ];
};

/** Why a policy, each part of which is as it should be, cannot be put in force. */
export const faultsOf = (policy: Overlaid): Fault[] =>
  [badNames, unsaidAbove, saidTwice, tooManyGates, tooLarge].flatMap((check) => check(policy));
