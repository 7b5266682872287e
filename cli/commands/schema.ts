import type { Command } from 'commander';
import { manifestDocument } from '../../lambdas/registry/domain/manifest-document';

export const addSchemaCommand = (program: Command): void => {
  program
    .command('schema')
    .description('print the JSON Schema of contender.yaml, for editors and validators')
    .action(() => console.log(JSON.stringify(manifestDocument(), undefined, 2)));
};
