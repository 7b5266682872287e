import type { Command } from 'commander';
import { eventsDocument } from '../../lambdas/registry/domain/events-document';
import { manifestDocument } from '../../lambdas/registry/domain/manifest-document';

export const addSchemaCommand = (program: Command): void => {
  program
    .command('schema')
    .description('print the JSON Schema of contender.yaml, for editors and validators')
    .option('--events', 'that of the domain events, as the event bus delivers them')
    .action(({ events }: { events?: boolean }) =>
      console.log(JSON.stringify(events ? eventsDocument() : manifestDocument(), undefined, 2)),
    );
};
