import { modelKey, SK, slotKey, waitingKey } from '../../registry/adapters/keys';
import type { TransactWrite } from '../../registry/adapters/registry-table';
import type { Candidate } from '../ports';

/** Writes that go with a registration, beside the model and its version. */
export class RegistrationItems {
  constructor(private readonly tableName: string) {}

  putNew(item: Record<string, unknown>): TransactWrite {
    return {
      Put: {
        TableName: this.tableName,
        Item: { schemaVersion: 1, ...item },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }

  /** On a restricted model the first uploader keeps access to what they made. */
  firstGrant(candidate: Candidate): TransactWrite {
    const principal = `${candidate.uploader.kind === 'person' ? 'user' : 'client'}:${candidate.uploader.id}`;
    // An operator may have set policy and grants before the first upload: what was granted then stays.
    return {
      Update: {
        TableName: this.tableName,
        Key: { pk: modelKey(candidate.model), sk: SK.grant(principal) },
        UpdateExpression:
          'SET entity = :entity, schemaVersion = :one, principal = :principal, #roles = if_not_exists(#roles, :roles)',
        ExpressionAttributeNames: { '#roles': 'roles' },
        ExpressionAttributeValues: {
          ':entity': 'Grant',
          ':one': 1,
          ':principal': principal,
          ':roles': ['data-scientist'],
        },
      },
    };
  }

  /** Tells who waits at the slot; an event that comes twice does not make a registration a duplicate. */
  settleSlot(slot: string, version: number, duplicate: boolean): TransactWrite {
    return {
      Update: {
        TableName: this.tableName,
        Key: slotKey(slot),
        UpdateExpression:
          'SET version = if_not_exists(version, :version), isDuplicate = if_not_exists(isDuplicate, :duplicate)',
        ExpressionAttributeValues: { ':version': version, ':duplicate': duplicate },
      },
    };
  }

  /** The folder waits no more. With `dueAt` only if nothing has happened to it since that was read. */
  endWait(prefix: string, dueAt?: number): TransactWrite {
    const unchanged = { ConditionExpression: 'dueAt = :dueAt', ExpressionAttributeValues: { ':dueAt': dueAt } };
    return {
      Delete: { TableName: this.tableName, Key: waitingKey(prefix), ...(dueAt === undefined ? {} : unchanged) },
    };
  }
}
