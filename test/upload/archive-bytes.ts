import { gzipSync } from 'node:zlib';
import { type Zippable, zipSync } from 'fflate';
import { type Header, pack } from 'tar-stream';

/** An entry of a tar as it is written, whatever it is. */
export type TarEntry = Partial<Omit<Header, 'name'>> & { readonly name: string; readonly body?: Uint8Array | string };

export const tar = async (entries: readonly TarEntry[]): Promise<Buffer> => {
  const out = pack();
  for (const { body = '', ...header } of entries) out.entry(header, Buffer.from(body));
  out.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of out) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

export const tarGz = async (entries: readonly TarEntry[]): Promise<Buffer> => gzipSync(await tar(entries));

export type Files = Readonly<Record<string, Uint8Array | string>>;

export const tarGzOf = (files: Files): Promise<Buffer> =>
  tarGz(Object.entries(files).map(([name, body]) => ({ name, body })));

/** A zip; the mode of Unix stands in the upper half of its attributes. */
export const zipOf = (files: Files, modes: Readonly<Record<string, number>> = {}): Buffer => {
  const entries: Zippable = {};
  for (const [name, body] of Object.entries(files)) {
    const mode = modes[name];
    const bytes = Uint8Array.from(Buffer.from(body));
    entries[name] = mode === undefined ? bytes : [bytes, { os: 3, attrs: (mode << 16) >>> 0 }];
  }
  return Buffer.from(zipSync(entries));
};
