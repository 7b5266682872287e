import type { Identity } from '../access/contract';
import { authorize, type ModelAccess, may } from '../access/domain/authorize';
import type { Model } from './contract';

/** The registry, as far as access to a model's record needs it. */
export interface KnownModels {
  findModel(model: string): Promise<Model | undefined>;
  /** @throws NotFound */
  access(model: string): Promise<ModelAccess>;
}

/** Whether the caller may read the record of a model; one that the registry does not know, or no longer, is for auditors. */
export const mayReadRecord = async (identity: Identity, model: string, known: KnownModels): Promise<boolean> => {
  const found = await known.findModel(model);
  const access = found === undefined ? { model, mode: 'restricted' as const, grants: [] } : await known.access(model);
  return may(identity, 'audit:read', access);
};

/**
 * Lets a caller read the record of a model. Where the registry has lost a model, its record and copies are what is left: auditors see them.
 * @throws NotFound, Forbidden
 */
export const authorizeRecord = async (identity: Identity, model: string, known: KnownModels): Promise<void> => {
  if (await mayReadRecord(identity, model, known)) return;
  authorize(identity, 'audit:read', await known.access(model));
};
