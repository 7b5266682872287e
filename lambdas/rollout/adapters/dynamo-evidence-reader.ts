import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { armItemSchema, EVIDENCE_SK, pairsItemSchema } from '../../monitoring/contract';
import { type ArmState, compareArms, openArm } from '../../monitoring/domain/group-comparison';
import { judgePairs, openPaired } from '../../monitoring/domain/paired-comparison';
import { modelKey } from '../../registry/adapters/keys';
import type { RunningRollout } from '../contract';
import type { StepEvidence } from '../domain/evidence';
import type { RolloutEvidenceReader } from '../ports';

/** Reads what monitoring has gathered for the step that a rollout is in. */
export class DynamoEvidenceReader implements RolloutEvidenceReader {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo);
  }

  async read(rollout: RunningRollout): Promise<StepEvidence> {
    const step = rollout.steps[rollout.stepIndex] ?? rollout.steps[0];
    return step?.mode === 'canary' ? this.groups(rollout, step.weight) : this.pairs(rollout, step?.minPairs ?? 1);
  }

  private async item(rollout: RunningRollout, sk: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: { pk: modelKey(rollout.model), sk }, ConsistentRead: true }),
    );
    return Item;
  }

  private async pairs(rollout: RunningRollout, minPairs: number): Promise<StepEvidence> {
    const item = await this.item(rollout, EVIDENCE_SK.pairs(rollout.id));
    const state = item === undefined ? openPaired(rollout.margin) : pairsItemSchema.parse(item).state;
    const { verdict, n, meanDifference, eValues } = judgePairs(state, { alpha: rollout.alpha, minPairs });
    return { kind: 'pairs', verdict, pairs: n, meanDifference, eValues };
  }

  private async arm(rollout: RunningRollout, weight: number, role: 'champion' | 'challenger'): Promise<ArmState> {
    const item = await this.item(rollout, EVIDENCE_SK.arm(rollout.id, weight, role));
    return item === undefined ? openArm() : armItemSchema.parse(item).state;
  }

  private async groups(rollout: RunningRollout, weight: number): Promise<StepEvidence> {
    const [champion, challenger] = await Promise.all([
      this.arm(rollout, weight, 'champion'),
      this.arm(rollout, weight, 'challenger'),
    ]);
    const { verdict, difference, halfWidth, n, reason } = compareArms(champion, challenger, {
      weight,
      margin: rollout.margin,
      alpha: rollout.alpha,
    });
    // Without an outcome in each arm there is no difference to speak of.
    const finite = (value: number): number => (Number.isFinite(value) ? value : 1);
    return {
      kind: 'groups',
      verdict,
      outcomes: n,
      difference: finite(difference),
      halfWidth: finite(halfWidth),
      reason,
    };
  }
}
