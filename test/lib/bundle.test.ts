import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleOf } from '../../lib/bundle';

describe('bundles of handlers', () => {
  test('are the same folder for the same code, with the child processes beside the handler', () => {
    const folder = bundleOf('scoring/infer', ['scoring/score-shadow.child']);
    expect(readdirSync(folder).sort()).toEqual(['index.js', 'score-shadow.child.js']);
    expect(bundleOf('scoring/infer', ['scoring/score-shadow.child'])).toBe(folder);
  });

  test('have another folder for other files, so that no synthesis changes what another one packs', () => {
    expect(bundleOf('scoring/infer')).not.toBe(bundleOf('scoring/infer', ['scoring/score-shadow.child']));
  });

  test('of earlier code go once nobody has used them for a day', () => {
    // A handler beside a child process that it does not start: nothing else makes this bundle.
    const odd = () => bundleOf('refresh/request-refresh', ['evaluation/run-model.child']);
    const capability = dirname(odd());
    const [old, recent] = ['0'.repeat(16), '1'.repeat(16)].map((hash) => join(capability, `request-refresh.${hash}`));
    for (const [folder, days] of [
      [old, 2],
      [recent, 0.5],
    ] as const) {
      mkdirSync(folder ?? '', { recursive: true });
      const used = new Date(Date.now() - days * 24 * 60 * 60_000);
      utimesSync(folder ?? '', used, used);
    }
    rmSync(odd(), { recursive: true });
    odd();
    expect([existsSync(old ?? ''), existsSync(recent ?? '')]).toEqual([false, true]);
    rmSync(recent ?? '', { recursive: true });
  });

  test('of what does not exist are refused by name', () => {
    expect(() => bundleOf('scoring/nothing')).toThrow('scoring/nothing/index.js');
  });
});
