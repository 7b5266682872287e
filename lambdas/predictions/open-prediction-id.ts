import { Gone } from '../kernel/errors';
import type { PredictionRecord } from './contract';
import { openPredictionId } from './domain/prediction-id';
import type { KeyRingSource } from './ports';

/**
 * Opens an id, reading the keys anew if it was sealed with one that is not known yet: rotation reaches processes one by one.
 * @throws InvalidInput for anything this deployment did not mint.
 * @throws Gone when the key that sealed it is no longer held.
 * @throws NotReady when the keys cannot be read.
 */
export const openWithCurrentKeys = async (id: string, keys: KeyRingSource): Promise<PredictionRecord> => {
  try {
    return openPredictionId(id, await keys.current());
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    return openPredictionId(id, await keys.refreshed());
  }
};
