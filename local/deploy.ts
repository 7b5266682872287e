import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ACCOUNT, assemblyIn, type CdkPlace, cdk, REGION } from './cdk';
import { flattenOutputs } from './outputs';

/** Zipped assets by content: zipping is what takes longest. */
const ZIPPED = '.cache';

/** A synthesis leaves the assets of the one before; only what is zipped already is worth keeping. */
const sweep = (assembly: string): void => {
  if (!existsSync(assembly)) return;
  for (const name of readdirSync(assembly))
    if (name !== ZIPPED) rmSync(join(assembly, name), { recursive: true, force: true });
};

/** Turns the app into templates and assets; needs no AWS. */
export const synthesize = async (place: CdkPlace): Promise<void> => {
  sweep(assemblyIn(place.dir));
  const app = `node --import tsx ${join('bin', 'app.ts')}`;
  await cdk(place, ['synth', '--quiet', '--app', app, '--output', assemblyIn(place.dir)]);
};

/** Takes the account from nothing to ready for `cdk deploy`. */
export const bootstrap = (place: CdkPlace): Promise<void> => cdk(place, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);

/** The same `cdk deploy` as on AWS, of what was synthesized. @returns the stacks' outputs */
export const deploy = async (place: CdkPlace): Promise<Record<string, string>> => {
  const outputsFile = join(place.dir, 'stack-outputs.json');
  rmSync(outputsFile, { force: true });
  await cdk(place, [
    ...['deploy', '--all', '--app', assemblyIn(place.dir), '--require-approval', 'never'],
    // Change sets and one asset at a time are for people who look on.
    ...['--method', 'direct', '--asset-parallelism', '--concurrency', '2'],
    ...['--outputs-file', outputsFile],
  ]);
  return flattenOutputs(JSON.parse(readFileSync(outputsFile, 'utf8')));
};
