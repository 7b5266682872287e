#!/usr/bin/env node
import { run } from '../cli/main';

run(process.argv).then((code) => {
  process.exitCode = code;
});
