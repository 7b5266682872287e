import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { loadOnnxSession } from './adapters/onnx-session';
import type { FromChallenger, ToChallenger } from './challenger-protocol';
import type { OnnxSession } from './ports';

/** Challengers score in this process, so that a crash, a leak or a hang of one of them stays in here. */
const sessions = new Map<string, OnnxSession>();

/** The champion goes first where both want the processor. */
const BEHIND_THE_CHAMPION = 10;

const say = (message: FromChallenger): void => {
  process.send?.(message);
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const load = async (digest: string, path: string, threads: number): Promise<void> => {
  try {
    sessions.set(digest, await loadOnnxSession(await readFile(path), { threads }));
    say({ type: 'loaded', digest });
  } catch (error) {
    say({ type: 'load-failed', digest, reason: reasonOf(error) });
  }
};

const score = async (message: Extract<ToChallenger, { type: 'score' }>): Promise<void> => {
  const { sequence, digest, inputs } = message;
  try {
    const session = sessions.get(digest);
    if (session === undefined) throw new Error('the challenger is not loaded');
    const outputs = await session.run(inputs);
    say({ type: 'scored', sequence, finishedAt: Date.now(), outputs });
  } catch (error) {
    say({ type: 'score-failed', sequence, finishedAt: Date.now(), reason: reasonOf(error) });
  }
};

const unload = async (digest: string): Promise<void> => {
  const session = sessions.get(digest);
  sessions.delete(digest);
  await session?.release();
};

process.on('message', (message: ToChallenger) => {
  switch (message.type) {
    case 'load':
      return void load(message.digest, message.path, message.threads);
    case 'score':
      return void score(message);
    case 'unload':
      return void unload(message.digest);
  }
});
// Without its function there is nothing to score for.
process.on('disconnect', () => process.exit(0));

setPriority(BEHIND_THE_CHAMPION);
