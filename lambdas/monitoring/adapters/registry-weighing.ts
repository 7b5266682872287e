import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { durationMs } from '../../kernel/duration';
import { Conflict } from '../../kernel/errors';
import { modelKey, SK } from '../../registry/adapters/keys';
import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import type { AcceptedVersion } from '../../registry/contract';
import type { OutcomeBatch } from '../contract';
import { yardstickOf } from '../domain/assess-outcome';
import type { WeighingRules } from '../domain/weigh-outcomes';
import type { Weighing } from '../ports';

/** A version's yardstick never changes once it predicts; its status does, which nothing here looks at. */
const VERSION_TTL_MS = 300_000;
/** A rollout's margin never changes. */
const ROLLOUT_TTL_MS = 3_600_000;

const marginSchema = z.object({ margin: z.number() });

/** What the registry says about how outcomes are weighed, remembered for a while. */
export class RegistryWeighing implements Weighing {
  private readonly versions = new LRUCache<string, AcceptedVersion>({ max: 500, ttl: VERSION_TTL_MS });
  private readonly margins = new LRUCache<string, number>({ max: 500, ttl: ROLLOUT_TTL_MS });

  constructor(
    private readonly reader: RegistryReader,
    private readonly table: RegistryTable,
  ) {}

  async version(model: string, version: number): Promise<AcceptedVersion> {
    const key = `${model}#${version}`;
    const known = this.versions.get(key);
    if (known) return known;
    const found = await this.reader.version(model, version);
    if (found.status === 'REJECTED')
      throw new Conflict(`version ${version} of ${model} was rejected and never predicted`);
    this.versions.set(key, found);
    return found;
  }

  async rules(batch: OutcomeBatch): Promise<WeighingRules> {
    const [version, { policy }] = await Promise.all([
      this.version(batch.model, batch.version),
      this.reader.policy(batch.model),
    ]);
    const rollouts = [
      ...new Set(batch.outcomes.flatMap(({ rolloutId }) => (rolloutId === undefined ? [] : [rolloutId]))),
    ];
    const margins = await Promise.all(rollouts.map(async (id) => [id, await this.margin(batch.model, id)] as const));
    return {
      yardstick: yardstickOf(version),
      batchMs: durationMs(policy.drift.batch),
      matureAfterMs: durationMs(version.manifest.outcomes?.mature_after ?? 'PT0S'),
      threshold: policy.drift.threshold,
      margins: new Map(margins),
    };
  }

  private async margin(model: string, rolloutId: string): Promise<number> {
    const known = this.margins.get(rolloutId);
    if (known !== undefined) return known;
    const rollout = await this.table.get({ pk: modelKey(model), sk: SK.rollout(rolloutId) }, marginSchema);
    const margin = rollout?.margin ?? 0;
    this.margins.set(rolloutId, margin);
    return margin;
  }
}
