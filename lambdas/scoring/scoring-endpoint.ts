import { type InvocationsEndpoint, invocationFailure, isInvocation } from './invocations-endpoint';
import { inferenceFailure, type OipEndpoint } from './oip-endpoint';
import type { WireRequest, WireResponse } from './wire';

/** What a transport itself refuses, in the form of the protocol that was asked. */
export const refusalOf = (path: string, error: unknown): WireResponse =>
  isInvocation(path) ? invocationFailure(error) : inferenceFailure(error);

/** Every protocol that scoring speaks, over any transport. */
export class ScoringEndpoint {
  constructor(
    private readonly oip: OipEndpoint,
    private readonly invocations: InvocationsEndpoint,
  ) {}

  /** Never rejects: each protocol answers errors in its own form. */
  answer(request: WireRequest): Promise<WireResponse> {
    return isInvocation(request.path) ? this.invocations.answer(request) : this.oip.answer(request);
  }
}
