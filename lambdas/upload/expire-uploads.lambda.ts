import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { wire } from './adapters/wire';
import { registerUploadEnvSchema } from './contract';
import { expireUploads } from './expire-uploads';

const ports = wire(readEnv(registerUploadEnvSchema));

/** Swept by a schedule. */
export const handler = async (): Promise<void> => {
  const swept = await expireUploads(ports);
  for (const { upload, result } of swept) {
    const said = { key: upload.prefix, ...result };
    if (result.outcome === 'failed') logger.error('upload could not be expired', said);
    else logger.info('upload at its deadline', said);
  }
  const failed = swept.filter(({ result }) => result.outcome === 'failed');
  // The alarm on errors tells people; what was done stays done.
  if (failed.length > 0)
    throw new Error(
      `${failed.length} uploads could not be expired: ${failed.map(({ upload }) => upload.prefix).join(', ')}`,
    );
};
