import { modelNameSchema } from '../../registry/contract';
import { isArchive } from './archive-name';
import { isExecutable } from './refuse-executable';

/** What an object's key in the uploads bucket says about it. */
export type InboxKey =
  | { readonly kind: 'file'; readonly model: string; readonly path: string; readonly prefix: string }
  | {
      readonly kind: 'folder';
      readonly model: string;
      readonly folder: string;
      readonly path: string;
      readonly prefix: string;
    }
  | { readonly kind: 'ignored'; readonly reason: string };

const INBOX = 'inbox';
const ignored = (reason: string): InboxKey => ({ kind: 'ignored', reason });

/**
 * `inbox/<model>/<file>` is an upload by itself, if it is a graph or an archive; `inbox/<model>/<folder>/…` is part of one. Anything else is no
 * upload. Keys come decoded.
 */
export const parseInboxKey = (key: string): InboxKey => {
  const [root, model = '', ...rest] = key.split('/');
  if (root !== INBOX) return ignored(`keys of uploads begin with ${INBOX}/<model>/`);
  if (!modelNameSchema.safeParse(model).success) return ignored(`"${model}" is no model name`);
  const name = rest.at(-1);
  if (!name) return ignored('a folder marker is no file');
  if (rest.length > 1) {
    const [folder = '', ...path] = rest;
    return { kind: 'folder', model, folder, path: path.join('/'), prefix: `${INBOX}/${model}/${folder}/` };
  }
  // One that is refused is an upload, too: its owner is told.
  if (name.endsWith('.onnx') || isArchive(name) || isExecutable(name))
    return { kind: 'file', model, path: name, prefix: `${INBOX}/${model}/` };
  return ignored(
    'a file beside the models is an upload only if it ends in .onnx, .tar.gz, .tgz or .zip; put anything else into a folder with its contender.yaml',
  );
};

const SLOT = /^slot-([0-9A-Za-z_-]{16,64})$/;

/** The slot that a folder belongs to, if it was opened for somebody. */
export const slotOf = (folder: string): string | undefined => SLOT.exec(folder)?.[1];
