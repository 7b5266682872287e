import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../local/child-process';
import { LocalFailure } from '../../local/failure';
import type { Progress } from '../../local/progress';
import { type Environment, pythonFor, requirementsOf } from './environments';
import type { Model } from './models';
import { MADE, SOURCES } from './places';
import { BENTOML, MLFLOW, OIP, type Protocol } from './protocols';
import type { Command, Place, Server } from './server';

const LOOPBACK = '127.0.0.1';

/** A peer of its own environment, whose command is known once that is made. */
abstract class PythonPeer implements Server {
  readonly kind = 'peer';
  abstract readonly name: Exclude<Environment, 'training'>;
  abstract readonly title: string;
  abstract readonly protocol: Protocol;
  abstract readonly readyPath: string;
  protected python = '';

  async prepare(_models: readonly Model[], progress: Progress): Promise<undefined> {
    this.python = await pythonFor(this.name, progress);
  }

  protected get sources(): string {
    return join(SOURCES, 'peers', this.name);
  }

  abstract command(place: Place): Command;
}

class FastApi extends PythonPeer {
  readonly name = 'fastapi';
  readonly title = 'FastAPI + ONNX Runtime';
  readonly protocol = OIP;
  readonly readyPath = '/v2/health/ready';

  command({ model, port }: Place): Command {
    const uvicorn = ['-m', 'uvicorn', 'server:app', '--host', LOOPBACK, '--port', String(port), '--workers', '1'];
    const tuned = ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'warning'];
    return {
      command: this.python,
      args: [...uvicorn, ...tuned],
      cwd: this.sources,
      env: { MODEL_FILE: model.file },
    };
  }
}

class MlServer extends PythonPeer {
  readonly name = 'mlserver';
  readonly title = 'MLServer';
  readonly protocol = OIP;
  readonly readyPath = '/v2/health/ready';

  command({ model, port, spare, folder }: Place): Command {
    const settings = {
      host: LOOPBACK,
      http_port: port,
      grpc_port: spare[0],
      metrics_port: spare[1],
      // No pool of processes: the one that parses a request also scores it.
      parallel_workers: 0,
      debug: false,
      metrics_endpoint: null,
    };
    const served = {
      name: model.name,
      implementation: 'onnx_runtime.OnnxModel',
      parameters: { uri: model.file },
    };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(served));
    return {
      command: this.python,
      args: [join(dirname(this.python), 'mlserver'), 'start', folder],
      env: { PYTHONPATH: this.sources },
    };
  }
}

class BentoMl extends PythonPeer {
  readonly name = 'bentoml';
  readonly title = 'BentoML';
  readonly protocol = BENTOML;
  readonly readyPath = '/readyz';

  command({ model, port }: Place): Command {
    return {
      command: this.python,
      args: ['-m', 'bentoml', 'serve', 'service:Scoring', '--host', LOOPBACK, '--port', String(port)],
      cwd: this.sources,
      env: { MODEL_FILE: model.file, BENTOML_DO_NOT_TRACK: 'True' },
    };
  }
}

class Mlflow extends PythonPeer {
  readonly name = 'mlflow';
  readonly title = 'MLflow';
  readonly protocol = MLFLOW;
  readonly readyPath = '/ping';

  override async prepare(models: readonly Model[], progress: Progress): Promise<undefined> {
    await super.prepare(models, progress);
    for (const model of models) await this.save(model, progress);
  }

  /** Wraps the ONNX file, unless that has been done for this very file with these packages. */
  private async save(model: Model, progress: Progress): Promise<void> {
    const folder = this.folderOf(model);
    const script = join(this.sources, 'save_model.py');
    const digest = createHash('sha256');
    for (const file of [model.file, script, requirementsOf(this.name)]) digest.update(readFileSync(file));
    const name = digest.digest('hex');
    const stamp = `${folder}.stamp`;
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === name) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    const ended = await progress.step(`MLflow's copy of ${model.name}`, () =>
      run({ command: this.python, args: [script, model.file, folder] }),
    );
    if (ended.code !== 0)
      throw new LocalFailure(`MLflow could not save ${model.name}: ${ended.printed.trim().split('\n').at(-1)}`);
    writeFileSync(stamp, name);
  }

  private folderOf = (model: Model): string => join(MADE, 'mlflow', model.name);

  command({ model, port, folder }: Place): Command {
    // It starts `uvicorn` by name; the one of the environment names the folder that the environment was made in.
    writeFileSync(join(folder, 'uvicorn'), `#!/bin/sh\nexec "${this.python}" -m uvicorn "$@"\n`, { mode: 0o755 });
    const address = ['-h', LOOPBACK, '-p', String(port), '-w', '1'];
    return {
      command: this.python,
      args: ['-m', 'mlflow', 'models', 'serve', '-m', this.folderOf(model), ...address, '--env-manager', 'local'],
      env: {
        PATH: `${folder}:${process.env.PATH ?? ''}`,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        UVICORN_ACCESS_LOG: 'false',
        UVICORN_LOG_LEVEL: 'warning',
      },
    };
  }
}

export const PYTHON_PEERS: readonly Server[] = [new FastApi(), new MlServer(), new Mlflow(), new BentoMl()];
