/** Tag of everything on SageMaker that belongs to a deployment, with its name as value: scoring may call what carries it. */
export const DEPLOYMENT_TAG = 'contender:deployment';
/** Tags of what Contender itself hosts. */
export const MODEL_TAG = 'contender:model';
export const VERSION_TAG = 'contender:version';
