import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Identity } from '../../access/contract';
import { UpstreamFailed } from '../../kernel/errors';
import type { Credentials } from '../contract';
import type { Places } from '../places';

/** Seconds that a training may take before one has to log in again. */
const LIFETIME = 3600;

/** Temporary credentials that open one caller's own place in the upload bucket. */
export class CallerCredentials {
  constructor(
    private readonly sts: STSClient,
    private readonly role: string,
    private readonly places: Places,
  ) {}

  async for(identity: Identity): Promise<Credentials> {
    const { Credentials: given } = await this.sts.send(
      new AssumeRoleCommand({
        RoleArn: this.role,
        RoleSessionName: `mlflow-${identity.id}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64),
        DurationSeconds: LIFETIME,
        Policy: JSON.stringify(this.policyFor(identity)),
      }),
    );
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
      throw new UpstreamFailed('no credentials were given out; try again');
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      expiresAt: (given.Expiration ?? new Date(Date.now() + LIFETIME * 1000)).toISOString(),
      place: this.places.uriFor(identity),
    };
  }

  /** Narrows the role, which opens every place, to one. */
  private policyFor(identity: Identity): object {
    const prefix = this.places.prefixFor(identity);
    const bucket = `arn:aws:s3:::${this.places.bucket}`;
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
          Resource: `${bucket}/${prefix}*`,
        },
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: bucket,
          Condition: { StringLike: { 's3:prefix': `${prefix}*` } },
        },
      ],
    };
  }
}
