import { Overtaken } from './domain/overtaken';
import { MANIFEST } from './domain/read-manifest';
import { UploadRejected } from './domain/rejected';
import { findUpload } from './find-upload';
import type { Registered, WaitingUpload } from './ports';
import { type RegisterUploadPorts, registerFound } from './register-upload';

/** `waiting`: something has arrived meanwhile, and the deadline is later; `gone`: it lies in the bucket no more. */
export type Expiry = { readonly outcome: 'waiting' | 'gone' | 'overtaken' } | Registered;

/** Names in a message are as many as an upload may have files. */
const rejectionOf = (missing: readonly string[], after: string) =>
  new UploadRejected(
    'incomplete',
    `the upload was not whole ${after} after its last file had arrived: it lacks ${missing.join(', ')}; upload what is missing, and it is judged anew`,
  ).rejection;

/** Judges one upload whose deadline is over by what lies in the bucket now. The last file may arrive at this very moment. */
const expire = async (due: WaitingUpload, ports: RegisterUploadPorts): Promise<Expiry> => {
  const upload = await findUpload(due.bucket, due.prefix + MANIFEST, ports);
  if ('reason' in upload) {
    await ports.waiting.forget(due);
    return { outcome: 'gone' };
  }
  const result = await registerFound(upload, ports);
  if (result.outcome !== 'waiting') {
    await ports.waiting.forget(due);
    return result;
  }
  const { candidate, dueAt } = upload;
  if (dueAt > ports.now()) {
    await ports.waiting.note({ ...due, dueAt, missing: result.missing });
    return { outcome: 'waiting' };
  }
  const rejection = rejectionOf(result.missing, ports.incompleteAfter);
  // What was noted, and not what the bucket gives: whoever comes first changes the note.
  const waits = { prefix: due.prefix, dueAt: due.dueAt };
  try {
    return await ports.registrations.reject({ ...candidate, waits, rejection });
  } catch (error) {
    if (error instanceof Overtaken) return { outcome: 'overtaken' };
    throw error;
  }
};

export interface Expired {
  readonly upload: WaitingUpload;
  readonly result: Expiry | { readonly outcome: 'failed'; readonly error: Error };
}

/** Rejects what has stayed incomplete for too long. One upload that fails is tried again with the next sweep. */
export const expireUploads = async (ports: RegisterUploadPorts): Promise<Expired[]> => {
  const done: Expired[] = [];
  for await (const upload of ports.waiting.due(ports.now())) {
    const result = await expire(upload, ports).catch((error: Error) => ({ outcome: 'failed' as const, error }));
    done.push({ upload, result });
  }
  return done;
};
