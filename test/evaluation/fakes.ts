import { createHash } from 'node:crypto';
import type {
  Background,
  ChampionResponse,
  EvaluationReport,
  SandboxRequest,
  SandboxResponse,
} from '../../lambdas/evaluation/contract';
import type { EvaluateVersionPorts } from '../../lambdas/evaluation/evaluate-version';
import type { ArtifactStore, Sandbox, VersionRecords } from '../../lambdas/evaluation/ports';
import { Conflict, NotFound, UpstreamFailed } from '../../lambdas/kernel/errors';
import { type ModelVersion, type Policy, policySchema, type Route } from '../../lambdas/registry/contract';
import { evaluated, rejected } from '../../lambdas/registry/domain/version-lifecycle';

class FakeRecords implements VersionRecords {
  readonly versions = new Map<number, ModelVersion>();
  readonly audit: string[] = [];
  routed: Route | undefined;
  inForce: { number: number; policy: Policy } = { number: 0, policy: policySchema.parse({}) };

  async version(_: string, version: number): Promise<ModelVersion> {
    const found = this.versions.get(version);
    if (found === undefined) throw new NotFound(`no version ${version}`);
    return found;
  }

  async route(): Promise<Route | undefined> {
    return this.routed;
  }

  async policy(): Promise<{ number: number; policy: Policy }> {
    return this.inForce;
  }

  async recordEvaluation(...[version, summary, at]: Parameters<VersionRecords['recordEvaluation']>): Promise<void> {
    this.replace(version, evaluated(version, summary, at), 'Version Evaluated');
  }

  async recordRejection(
    ...[version, rejection, at, summary]: Parameters<VersionRecords['recordRejection']>
  ): Promise<void> {
    this.replace(version, rejected(version, rejection, at, summary), 'Version Rejected');
  }

  private replace(read: ModelVersion, next: ModelVersion, event: string): void {
    if (this.versions.get(read.version)?.generation !== read.generation) throw new Conflict('changed meanwhile');
    this.versions.set(read.version, next);
    this.audit.push(`${event} ${read.version}`);
  }
}

class FakeArtifacts implements ArtifactStore {
  readonly reports = new Map<string, EvaluationReport>();
  private readonly digests = new Map<string, string>();

  async presign(version: { artifactPrefix: string }, path: string): Promise<string> {
    return `https://artifacts.test/${version.artifactPrefix}${path}`;
  }

  async findReport({ model, version }: { model: string; version: number }) {
    const report = this.reports.get(`evaluations/${model}/${version}.json`);
    return report && this.keepReport(report);
  }

  async keepReport(report: EvaluationReport) {
    const key = `evaluations/${report.model}/${report.version}.json`;
    const kept = this.reports.get(key) ?? report;
    const sha256 = createHash('sha256').update(JSON.stringify(kept)).digest('hex');
    this.reports.set(key, kept);
    this.digests.set(key, sha256);
    return { report: kept, reference: { key, sha256 } };
  }

  readonly backgrounds = new Map<string, Background>();

  async keepBackground({ model, version }: { model: string; version: number }, background: Background) {
    const sha256 = createHash('sha256').update(JSON.stringify(background)).digest('hex');
    const key = `backgrounds/${model}/${version}/${sha256}.json`;
    this.backgrounds.set(key, background);
    return { rows: background.rows.length, key, sha256 };
  }

  async readReport({ key, sha256 }: { key: string; sha256: string }): Promise<EvaluationReport> {
    const report = this.reports.get(key);
    if (report === undefined) throw new NotFound(key);
    // What a test put there itself is what it says.
    if ((this.digests.get(key) ?? sha256) !== sha256) throw new UpstreamFailed(`${key} was overwritten`);
    return report;
  }
}

class FakeSandbox implements Sandbox {
  readonly requests: SandboxRequest[] = [];
  readonly asked: SandboxRequest[] = [];
  running: () => Promise<SandboxResponse> = async () => ({ status: 'failed', reason: 'nothing to answer' });
  answering: () => Promise<ChampionResponse> = async () => ({ status: 'failed', reason: 'nothing to answer' });

  run(request: SandboxRequest): Promise<SandboxResponse> {
    this.requests.push(request);
    return this.running();
  }

  answer(request: SandboxRequest): Promise<ChampionResponse> {
    this.asked.push(request);
    return this.answering();
  }
}

/** Everything `evaluateVersion` needs, in memory. */
export class EvaluationWorld {
  readonly records = new FakeRecords();
  readonly artifacts = new FakeArtifacts();
  readonly sandbox = new FakeSandbox();
  /** Undefined in a deployment without SageMaker. */
  endpoints: FakeSandbox | undefined = new FakeSandbox();
  clock = 1000;

  add(...versions: readonly ModelVersion[]): this {
    for (const version of versions) this.records.versions.set(version.version, version);
    return this;
  }

  get ports(): EvaluateVersionPorts {
    const { records, artifacts, sandbox, endpoints } = this;
    const places = { sandbox, endpoints, timeMs: (versions: number) => 600_000 / versions };
    return { records, artifacts, places, hostedRows: 5000, now: () => this.clock++ };
  }
}
