import { UploadRejected } from './rejected';

/** Files that run code when they are read, and files that are code, by the ends of their names. */
const PICKLED = /\.(pkl|pickle|joblib|dill|cloudpickle|pt|pth|rds|rda|rdata)$/i;
const PROGRAM = /\.(pyc?|pyd|r|js|mjs|cjs|sh|bat|cmd|ps1|exe|com|dll|so(\.\d+)*|dylib|jar|class|war)$/i;

/** Whether a file may be neither kept nor opened. */
export const isExecutable = (path: string): boolean => PICKLED.test(path) || PROGRAM.test(path);

/** What is wrong with a file that runs code when it is read, or that is code; undefined if none does or is. */
export const executableFault = (paths: readonly string[]): string | undefined => {
  const found = paths.find(isExecutable);
  if (found === undefined) return undefined;
  const what = PICKLED.test(found) ? 'runs code when it is read' : 'is a program';
  return `${found} ${what}, and is not kept; export the model to ONNX and upload that into a new folder, with nothing but its data beside it`;
};

/** @throws UploadRejected */
export const refuseExecutable = (paths: readonly string[]): void => {
  const fault = executableFault(paths);
  if (fault !== undefined) throw new UploadRejected('executable', fault);
};
