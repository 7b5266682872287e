import type { PredictionRecord } from '../../predictions/contract';
import { championReplaced, lineageOf } from '../domain/describe-version';
import { type PredictionLineage, predictionLineageSchema } from '../schemas/lineage-api';
import { modelKey, SK } from './keys';
import type { RegistryReader } from './registry-reader';
import type { RegistryTable } from './registry-table';

const approvalSchema = predictionLineageSchema.shape.approval.unwrap();
const rolloutSchema = predictionLineageSchema.shape.rollout.unwrap();

/** Everything on record about what a prediction was made with. */
export class PredictionTrace {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
  ) {}

  async of(record: PredictionRecord): Promise<PredictionLineage> {
    const { model, version: number, at, requestId, row, role, propensity, rolloutId } = record;
    const version = await this.reader.version(model, number);
    const [climb, approval, rollout] = await Promise.all([
      this.reader.climb(version),
      'approvalId' in version
        ? this.table.get({ pk: modelKey(model), sk: SK.approval(version.approvalId) }, approvalSchema)
        : undefined,
      rolloutId === undefined
        ? undefined
        : this.table.get({ pk: modelKey(model), sk: SK.rollout(rolloutId) }, rolloutSchema),
    ]);
    return {
      ...{ model: version.model, version: number, rootDigest: version.rootDigest },
      ...{ predictedAt: at, requestId, row, role, propensity, approval },
      rollout: rolloutId === undefined ? undefined : (rollout ?? { id: rolloutId }),
      evaluation: 'evaluation' in version ? version.evaluation : undefined,
      lineage: { ...lineageOf(version), championReplaced: championReplaced(climb) },
      flags: version.flags ?? [],
    };
  }
}
