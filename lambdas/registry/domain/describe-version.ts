import * as z from 'zod';
import type { Lineage, VersionSummary } from '../schemas/api';
import type { ModelVersion } from '../schemas/model-version';
import { versionRefSchema } from '../schemas/names';
import type { Route } from '../schemas/route';
import { trainingOf } from './training';

/** Names under which a version serves now. */
export const aliasesOf = (version: number, route: Route | undefined): VersionSummary['aliases'] => {
  if (route === undefined || route.mode === 'unserved') return [];
  const aliases: VersionSummary['aliases'] = [];
  if (route.champion.version === version) aliases.push('champion');
  if (route.mode !== 'champion' && route.challenger.version === version) aliases.push('challenger');
  return aliases;
};

/** A version as a row of a list. */
export const summarize = (version: ModelVersion, route: Route | undefined): VersionSummary => ({
  model: version.model,
  version: version.version,
  status: version.status,
  rootDigest: version.rootDigest,
  aliases: aliasesOf(version.version, route),
  registeredAt: version.registeredAt,
  uploader: version.uploader,
  metrics: 'evaluation' in version ? version.evaluation?.metrics : undefined,
  rejection: version.status === 'REJECTED' ? version.rejection : undefined,
  flags: version.flags,
});

/** What a version was made from. */
export const lineageOf = (version: ModelVersion): Lineage => {
  const { copiedFrom } = version;
  return { ...trainingOf(version), ...(copiedFrom === undefined ? {} : { copiedFrom }) };
};

/** What lineage needs of the rollout that a version was taken through. */
export const climbSchema = z.object({
  status: z.string(),
  champion: versionRefSchema.optional(),
});
export type Climb = z.output<typeof climbSchema>;

/** The champion that a version took the place of when it was promoted; absent for the first, and for those that never were. */
export const championReplaced = (climb: Climb | undefined): number | undefined =>
  climb?.status === 'PROMOTED' ? climb.champion?.version : undefined;
