import { actingAs, messageContext } from '@ftgo/messaging';
import { caller, type Principal, principalId } from '@ftgo/security';

/** Runs the work of a request for its principal, who is the actor of all messages that it sends. */
export function runAs<T>(principal: Principal | undefined, work: () => T): T {
  if (!principal) return caller.run(principal, work);
  const context = actingAs(principalId(principal), messageContext.current());
  return messageContext.run(context, () => caller.run(principal, work));
}
