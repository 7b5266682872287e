import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelCard } from '../../lambdas/exports/domain/model-card';
import { openLineage } from '../../lambdas/exports/domain/open-lineage';
import { approvedDossier } from './dossiers';

/** Writes what test/oracles/openlineage_events.py reads. */
const OUT = resolve(__dirname, '../oracles/fixtures/openlineage/events.json');
writeFileSync(OUT, `${JSON.stringify(openLineage(modelCard(approvedDossier()), 'bank'), null, 1)}\n`);
