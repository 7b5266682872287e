import type { Identity } from '../../../lambdas/access/contract';
import { DynamoApprovalStore } from '../../../lambdas/approval/adapters/dynamo-approval-store';
import { decideApproval } from '../../../lambdas/approval/decide-approval';
import { requestApproval } from '../../../lambdas/approval/request-approval';
import { RegistryRecords } from '../../../lambdas/evaluation/adapters/registry-records';
import { S3ArtifactStore } from '../../../lambdas/evaluation/adapters/s3-artifact-store';
import { evaluateVersion } from '../../../lambdas/evaluation/evaluate-version';
import { SecretsKeyRing } from '../../../lambdas/predictions/adapters/secrets-key-ring';
import { mintPredictionId } from '../../../lambdas/predictions/domain/prediction-id';
import { LIST, modelKey, SK } from '../../../lambdas/registry/adapters/keys';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { S3AuditCopies } from '../../../lambdas/registry/adapters/s3-audit-copies';
import { manifestSchema } from '../../../lambdas/registry/contract';
import { DynamoRolloutStore } from '../../../lambdas/rollout/adapters/dynamo-rollout-store';
import { startRollout } from '../../../lambdas/rollout/drive-rollout';
import { promote } from '../../../lambdas/rollout/end-rollout';
import { archives } from '../../../lambdas/upload/adapters/archive-reader';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { DynamoSlots } from '../../../lambdas/upload/adapters/dynamo-slots';
import { DynamoWaitingUploads } from '../../../lambdas/upload/adapters/dynamo-waiting-uploads';
import { S3Artifacts, S3Uploads } from '../../../lambdas/upload/adapters/s3-uploads';
import { registerUpload } from '../../../lambdas/upload/register-upload';
import { evaluatedAs, onlySandbox } from '../../evaluation/findings';
import { candidateOf } from '../../registry/candidates';
import { slotOf } from '../../upload/fakes';
import { exampleFiles } from '../world';
import { DEPLOYMENT, type ReadsAccount } from './account';

/** Whoever reads. */
export const READER = 'olga';
/** Rollouts that a model with much behind it has had, and models that wait for approval beside it. */
const MUCH = 40;

/** What requests about one model name. */
export interface Contents {
  readonly model: string;
  readonly approval: string;
  readonly rollout: string;
  readonly prediction: string;
  readonly slot: string;
  readonly dataset: { readonly name: string; readonly digest: string };
  readonly code: { readonly repo: string; readonly commit: string };
}

const digest = (n: number): string => n.toString(16).padStart(64, 'd');
const silent = async () => undefined;
const ULID = (n: number): string => `01JGFJJZ${String(n).padStart(18, '0')}`;

/** Fills one account, model by model. */
export class Filling {
  private readonly reader: RegistryReader;
  private clock = 2_000_000;

  constructor(private readonly account: ReadsAccount) {
    this.reader = new RegistryReader(account.table);
  }

  private readonly now = (): number => ++this.clock;

  /** A model whose version 1 serves, whose version 2 is compared with it, and whose version 3 waits for approval. */
  async model(model: string, versions: number): Promise<Contents> {
    const sha256 = digest(1);
    const training = { datasets: [{ name: `${model}-data`, sha256 }], code: { repo: 'git', commit: model } };
    await this.uploadFirst(model);
    const registrations = new DynamoRegistrations(this.account.table, 'open');
    for (let version = 2; version <= versions; version++) {
      const manifest = manifestSchema.parse({ training: { ...training, parent: version - 1 } });
      await registrations.register({
        ...candidateOf({ model, upload: `${model}-${version}`, digest: version }),
        manifest,
      });
    }
    for (const version of [1, 2, 3]) await this.evaluate(model, version);
    const first = await this.startRollout(model, 1);
    await promote(model, first, 'the first', this.rolloutPorts);
    const rollout = await this.startRollout(model, 2);
    const approval = (await this.ask(model, 3)).id;
    const at = {
      model,
      approval,
      rollout,
      slot: await this.slot(model),
      prediction: await this.predict(model, rollout),
    };
    await this.copyEvents(model);
    return { ...at, dataset: { name: `${model}-data`, digest: sha256 }, code: { repo: 'git', commit: model } };
  }

  /** What lies beside: rollouts of the model that are long over, and models of which each waits for approval. */
  async much(model: string): Promise<void> {
    const registrations = new DynamoRegistrations(this.account.table, 'open');
    const ref = { version: 1, rootDigest: digest(1) };
    const ended = { status: 'ABORTED', endedAt: 1, reason: 'over', announced: true, stepIndex: 0, generation: 1 };
    const climb = { steps: [{ mode: 'shadow', bake: 'PT0S', minPairs: 1 }], margin: 0.1, alpha: 0.05 };
    const waits = { stepDeadline: 'P1D', personDeadline: 'P1D', approvalId: ULID(0), startedAt: 1, challenger: ref };
    const asked = { status: 'PENDING', taskToken: 't', required: 1, reviews: [], requestedAt: 1, generation: 0 };
    for (let i = 0; i < MUCH; i++) {
      const id = ULID(i);
      await this.account.put({ pk: modelKey(model), sk: SK.rollout(id), id, model, ...climb, ...waits, ...ended });
      const other = `model-${i}`;
      await registrations.register(candidateOf({ model: other, upload: other, digest: i }));
      const key = { pk: modelKey(other), sk: SK.approval(id), listPk: LIST.pendingApprovals, listSk: id };
      const uploader = { kind: 'person', id: 'ada' };
      await this.account.put({ ...key, id, model: other, ...ref, uploader, ...asked });
    }
  }

  private async uploadFirst(model: string): Promise<void> {
    const { s3, buckets, table } = this.account;
    await this.account.upload(`inbox/${model}/first/`, exampleFiles(1));
    await registerUpload(buckets.uploads, `inbox/${model}/first/model.onnx`, {
      uploads: new S3Uploads(s3, buckets.uploads),
      archives,
      artifacts: new S3Artifacts(s3, buckets.artifacts),
      registrations: new DynamoRegistrations(table, 'open'),
      policies: this.reader,
      waiting: new DynamoWaitingUploads(table),
      incompleteAfter: 'PT1H',
      now: this.now,
      maxFileBytes: 10_000_000,
      hosting: { deployment: DEPLOYMENT, sagemaker: 'off' },
    });
  }

  private async evaluate(model: string, version: number): Promise<void> {
    const { table, s3, buckets } = this.account;
    await evaluateVersion(
      { model, version },
      {
        records: new RegistryRecords(table, this.reader),
        artifacts: new S3ArtifactStore(s3, buckets.artifacts, 60),
        places: onlySandbox(async () => evaluatedAs(0.9)),
        hostedRows: 0,
        now: this.now,
      },
    );
  }

  private get approvalPorts() {
    const executions = { succeed: silent, nudge: silent };
    return { registry: this.reader, approvals: new DynamoApprovalStore(this.account.table), executions, now: this.now };
  }

  private get rolloutPorts() {
    const step = {
      kind: 'pairs',
      verdict: 'not-yet',
      pairs: 0,
      meanDifference: 0,
      eValues: { better: 1, notWorse: 1, worse: 1 },
    } as const;
    return {
      store: new DynamoRolloutStore(this.account.table),
      registry: this.reader,
      evidence: { read: async () => step },
      alarms: { raised: async () => [] },
      executions: { start: silent, succeed: silent, nudge: silent, isDead: async () => false },
      hosting: { ensure: async () => ({ hosting: 'none' }) as const },
      rollbackAlarms: [],
      now: this.now,
    };
  }

  private ask(model: string, version: number) {
    return requestApproval(model, version, `token-${version}`, this.approvalPorts);
  }

  private async startRollout(model: string, version: number): Promise<string> {
    const { id, required } = await this.ask(model, version);
    for (let n = 1; n <= required; n++) {
      const reviewer: Identity = { kind: 'person', id: `rita-${n}`, name: 'Rita', roles: ['reviewer'], teams: [] };
      await decideApproval(model, id, reviewer, { decision: 'approve', comment: 'seen' }, this.approvalPorts);
    }
    return (await startRollout(model, version, id, this.rolloutPorts)).id;
  }

  private async slot(model: string): Promise<string> {
    const slot = `slot-of-${model}`;
    const uploader = { kind: 'person', id: READER, name: READER } as const;
    await new DynamoSlots(this.account.table).open(slotOf(model, { slot, uploader }));
    return slot;
  }

  private async predict(model: string, rolloutId: string): Promise<string> {
    const keys = await new SecretsKeyRing(this.account.secrets, this.account.name, DEPLOYMENT).current();
    const made = { model, version: 1, role: 'champion', client: 'f'.repeat(16), requestId: ULID(1), row: 0 } as const;
    const groups = { bucket: 0, segments: [], protected: [], propensity: 1 };
    return mintPredictionId({ ...made, ...groups, rolloutId, prediction: { kind: 'class', index: 0 } }, keys);
  }

  private async copyEvents(model: string): Promise<void> {
    const copies = new S3AuditCopies(this.account.s3, this.account.buckets.vault);
    const { items } = await this.account.table.auditPage(model, { limit: 200 });
    for (const event of items) await copies.put(event);
  }
}
