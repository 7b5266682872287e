import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { approvalIdOf } from '../../approval/request-approval';
import { type EvaluationReport, evaluationReportSchema } from '../../evaluation/schemas/report';
import { modelKey, SK } from '../../registry/adapters/keys';
import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import type { ModelVersion } from '../../registry/contract';
import { championReplaced, climbSchema } from '../../registry/domain/describe-version';
import type { Dossier } from '../domain/model-card';
import { type CardApproval, cardApprovalSchema } from '../schemas/model-card';

/** Gathers what is on record about a version, by gets and queries. */
export class VersionDossiers {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** @throws NotFound */
  async of(model: string, number: number): Promise<Dossier> {
    const version = await this.reader.version(model, number);
    const [report, approval, climbs] = await Promise.all([
      this.report(version),
      this.approval(version),
      this.table.all(modelKey(model), SK.rollouts, climbSchema),
    ]);
    return { version, report, approval, championReplaced: championReplaced(number, climbs) };
  }

  private async report(version: ModelVersion): Promise<EvaluationReport | undefined> {
    const key = 'evaluation' in version ? version.evaluation?.report.key : undefined;
    if (key === undefined) return undefined;
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return evaluationReportSchema.parse(JSON.parse((await Body?.transformToString()) ?? 'null'));
  }

  /** Of a version that a reviewer rejected the rejection tells; its approval is not looked for. */
  private async approval(version: ModelVersion): Promise<CardApproval | undefined> {
    if (!('evaluatedAt' in version)) return undefined;
    const id = 'approvalId' in version ? version.approvalId : approvalIdOf(version);
    return this.table.get({ pk: modelKey(version.model), sk: SK.approval(id) }, cardApprovalSchema);
  }
}
