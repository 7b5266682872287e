import * as z from 'zod';
import { UploadRejected } from '../rejected';
import { SIGNATURE_FILE } from '../root-digest';

/** @param change what to do about it */
export const bad = (what: string, change = 'sign the folder again as it is uploaded'): UploadRejected =>
  new UploadRejected('bad-signature', `${SIGNATURE_FILE} ${what}; ${change}`);

/** @throws UploadRejected `bad-signature` with the place of the first fault */
export const parseAs = <S extends z.ZodType>(text: string, schema: S, what: string): z.output<S> => {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue === undefined ? 'no JSON' : `${issue.path.join('.')}: ${issue.message}`;
    throw bad(`is no ${what} (${where})`);
  }
};
