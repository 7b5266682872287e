// Bundles the CLI into one file, so that `npx contender` starts without compiling anything.
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

await build({
  entryPoints: [path('./contender.ts')],
  outfile: path('../dist/contender.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // Native code: it is loaded from node_modules by the verb that needs it.
  external: ['onnxruntime-node'],
  // The SDK would warn, with every command, that it will want a newer Node one day.
  banner: { js: "process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';" },
  logLevel: 'warning',
});
chmodSync(path('../dist/contender.cjs'), 0o755);
