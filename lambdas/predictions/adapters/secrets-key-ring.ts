import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NotReady } from '../../kernel/errors';
import { logger } from '../../kernel/logger';
import { keyRingSchema } from '../contract';
import { KeyRing } from '../domain/key-ring';
import type { KeyRingSource } from '../ports';

/** A rotation reaches every process within this time. */
const FRESH_MS = 300_000;
/** Ids under unknown keys, forged ones included, cause at most one read in this time; so do failed reads. */
const LEAST_BETWEEN_READS_MS = 10_000;

/** The key ring of a secret in Secrets Manager, cached; when the secret cannot be read, the last ring goes on serving. */
export class SecretsKeyRing implements KeyRingSource {
  private held: { readonly ring: KeyRing; readonly value: string } | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private failure: unknown;
  private reading: Promise<KeyRing> | undefined;

  constructor(
    private readonly secrets: SecretsManagerClient,
    private readonly secretId: string,
    private readonly deployment: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** The ring at hand; when it has grown old, the next one is fetched behind the caller's back. */
  async current(): Promise<KeyRing> {
    if (this.held === undefined && this.reading !== undefined) return this.reading;
    const isFresh = this.now() - this.readAt < (this.failure === undefined ? FRESH_MS : LEAST_BETWEEN_READS_MS);
    if (isFresh) return this.heldOrThrow();
    const next = this.readOnce();
    return this.held?.ring ?? next;
  }

  async refreshed(): Promise<KeyRing> {
    if (this.reading !== undefined) return this.reading;
    return this.now() - this.readAt < LEAST_BETWEEN_READS_MS ? this.heldOrThrow() : this.readOnce();
  }

  private readOnce(): Promise<KeyRing> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private heldOrThrow(): KeyRing {
    if (this.held !== undefined) return this.held.ring;
    throw new NotReady('the keys of prediction ids cannot be read', { cause: this.failure });
  }

  private async read(): Promise<KeyRing> {
    this.readAt = this.now();
    try {
      const { SecretString } = await this.secrets.send(new GetSecretValueCommand({ SecretId: this.secretId }));
      const value = SecretString ?? '';
      // A ring that did not change keeps its subkey: deriving one per read would be correct, and pointless.
      if (this.held?.value !== value) {
        this.held = { ring: new KeyRing(keyRingSchema.parse(JSON.parse(value)), this.deployment), value };
      }
      this.failure = undefined;
    } catch (cause) {
      this.failure = cause;
      // zod's and JSON's messages may quote the secret: only the kind of failure is logged.
      logger.error('prediction keys unreadable', { secret: this.secretId, kind: (cause as Error).name });
    }
    return this.heldOrThrow();
  }
}
