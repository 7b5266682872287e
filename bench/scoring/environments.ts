import { join } from 'node:path';
import type { Progress } from '../../local/progress';
import { ensureVenv, type PythonNeed } from '../../local/python';
import { MADE, SOURCES } from './places';

/** Peers whose packages clash with one another's, and the training. */
export type Environment = 'training' | 'mlflow' | 'mlserver' | 'bentoml' | 'fastapi';

// ONNX Runtime needs 3.11, MLServer knows none after 3.12.
const NEED: PythonNeed = {
  what: "the benchmark's packages",
  candidates: ['python3.12', 'python3.11', 'python3', 'python'],
  oldest: [3, 11],
  newest: [3, 12],
};

export const requirementsOf = (name: Environment): string =>
  name === 'training' ? join(SOURCES, 'requirements.txt') : join(SOURCES, 'peers', name, 'requirements.txt');

/**
 * The Python of the environment of that name, made on first use and whenever its requirements change.
 * @throws LocalFailure
 */
export const pythonFor = (name: Environment, progress: Progress): Promise<string> =>
  progress.step(`Python environment: ${name}`, (detail) =>
    ensureVenv(join(MADE, 'venvs', name), requirementsOf(name), detail, NEED),
  );
