import { UpstreamFailed } from '../kernel/errors';
import type { Scored } from '../predictions/contract';
import type { AcceptedVersion } from '../registry/contract';
import { respondedOutputs } from './domain/encode-response';
import { interpreterOf, type OutputInterpreter } from './domain/interpret-outputs';
import { outputReadingOf } from './domain/output-reading';
import type { Tensors } from './domain/tensor';
import type { ScoringEvents } from './ports';
import type { RequestReader } from './wire';

/** What is decided once a version, not once a request. */
interface Prepared {
  /** Undefined when its outputs cannot be read as predictions: then it answers, without prediction ids. */
  readonly interpret: OutputInterpreter | undefined;
  readonly respond: readonly string[];
  /** Two versions with the same key take the same requests. */
  readonly inputsKey: string;
}

/** A version's way of reading requests and outputs; remembered as long as its record is. */
export class ScoredVersions {
  private readonly prepared = new WeakMap<AcceptedVersion, Prepared>();

  constructor(private readonly events: ScoringEvents) {}

  respondOf(version: AcceptedVersion): readonly string[] {
    return this.of(version).respond;
  }

  /** One prediction a row, or undefined where outputs are no predictions. @throws UpstreamFailed */
  interpret(version: AcceptedVersion, outputs: Tensors, rows: number): readonly Scored[] | undefined {
    return this.of(version).interpret?.(outputs, rows);
  }

  /**
   * The inputs of a request that was decoded for `champion`, as `challenger` takes them.
   * @throws UpstreamFailed when the challenger does not take what the champion takes.
   */
  inputsFor(challenger: AcceptedVersion, champion: AcceptedVersion, inputs: Tensors, read: RequestReader): Tensors {
    if (this.of(challenger).inputsKey === this.of(champion).inputsKey) return inputs;
    try {
      return read(challenger).inputs;
    } catch (cause) {
      throw new UpstreamFailed(`the challenger does not take this request: ${(cause as Error).message}`, { cause });
    }
  }

  private of(version: AcceptedVersion): Prepared {
    const known = this.prepared.get(version);
    if (known !== undefined) return known;
    const { signature, manifest } = version;
    const made = {
      interpret: this.interpreterFor(version),
      respond: respondedOutputs(signature, manifest),
      inputsKey: JSON.stringify([signature.inputs, signature.columns]),
    };
    this.prepared.set(version, made);
    return made;
  }

  private interpreterFor(version: AcceptedVersion): OutputInterpreter | undefined {
    try {
      return interpreterOf(outputReadingOf(version));
    } catch (cause) {
      this.events.report({ name: 'OutputsUnreadable', model: version.model, version: version.version, cause });
      return undefined;
    }
  }
}
