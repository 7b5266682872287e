import { type InvocationsEndpoint, isInvocation } from './invocations-endpoint';
import type { OipEndpoint } from './oip-endpoint';
import type { WireRequest, WireResponse } from './wire';

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
