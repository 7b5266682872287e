import type { Notes } from '../contract';
import { invalid } from './refusal';

/** Bytes of tags and description together: notes are one item, and their change is told in one event, of 256 KB at most. */
const MAX_NOTES_BYTES = 100_000;

/** @throws Refusal INVALID_PARAMETER_VALUE when there is more to say than is kept */
export const checkNotesSize = ({ tags, description = '' }: Notes): void => {
  const bytes = Buffer.byteLength(JSON.stringify([tags, description]));
  if (bytes > MAX_NOTES_BYTES)
    throw invalid(
      `tags and description together would have ${bytes} bytes, over the limit of ${MAX_NOTES_BYTES}; delete tags, or keep long texts elsewhere`,
    );
};
