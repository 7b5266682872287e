import { Conflict } from '../kernel/errors';

/** Changes of one model that come at the same moment take turns; so often one tries. */
const ATTEMPTS = 6;

/** Reads, decides and writes again when a row changed in between; a conflict in the domain's own words is final. */
export const untilUnchanged = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Conflict) || error.cause === undefined || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
    }
  }
};
