import { issuerIsDown } from '@ftgo/platform';
import { type Decision, type Gate, IssuerUnavailable, type Principal } from '@ftgo/security';
import type { Metadata } from '@grpc/grpc-js';
import { authorizationOfCall } from '../call/call-context.js';

const gates = new WeakMap<object, Gate>();

/** Requires an access token for a call. */
export const guardCall = (call: object, gate: Gate): void => void gates.set(call, gate);

/** The principal of a call; undefined while security is off. Throws if the token does not admit the call. */
export async function admitCall(call: object, metadata: Metadata, decision: Decision | undefined): Promise<Principal | undefined> {
  try {
    return await gates.get(call)?.admit(authorizationOfCall(metadata), decision);
  } catch (error) {
    throw error instanceof IssuerUnavailable ? issuerIsDown(error) : error;
  }
}
