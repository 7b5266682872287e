import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';

const root = mkdtempSync(join(tmpdir(), 'contender-apps-'));

// An app that says no folder leaves its assets, some 60 MB, in the temp folder for good.
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An app whose assembly goes away with the test file. */
export const testApp = (): App => new App({ outdir: mkdtempSync(join(root, 'app-')) });
