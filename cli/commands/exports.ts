import { type Command, Option } from 'commander';
import { cardMarkdown } from '../../lambdas/exports/domain/card-markdown';
import type { ModelCard } from '../../lambdas/exports/schemas/model-card';
import { contextOf } from '../context';

const pathOf = (model: string, version: string, what: string): string =>
  `/api/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/${what}`;

const addCard = (program: Command): void => {
  program
    .command('card')
    .description('the model card of a version, from what is on record about it')
    .argument('<model>')
    .argument('<version>')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['md', 'json']).default('md'))
    .action(async (model: string, version: string, { format }: { format: string }, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const card = await api.get<ModelCard>(pathOf(model, version, 'card'));
      print(card, () => (format === 'json' ? JSON.stringify(card, null, 2) : cardMarkdown(card).trimEnd()));
    });
};

const addBom = (program: Command): void => {
  program
    .command('bom')
    .description('the ML bill of materials of a version, as CycloneDX 1.6 JSON')
    .argument('<model>')
    .argument('<version>')
    .action(async (model: string, version: string, _: object, command: Command) => {
      const { api, print } = await contextOf(command, 'auditor');
      const bom = await api.get<object>(pathOf(model, version, 'bom'));
      print(bom, () => JSON.stringify(bom, null, 2));
    });
};

export const addExportCommands = (program: Command): void => {
  addCard(program);
  addBom(program);
};
