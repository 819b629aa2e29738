import { type CallPolicies, type CallPolicy, callPolicy } from '@ftgo/rpc';

/**
 * What differs from the default call policy of @ftgo/rpc, by dependency. A failed call is an error for the client, except that
 * - restaurants change rarely and anyone may read them, so the last response, with its age, is better than an error;
 * - the composition of an order omits optional parts, or shows what the order itself knows of them (order-details.query.ts).
 */
const declared = {
  'order-service': {},
  'consumer-service': {},
  'restaurant-service': { fallback: 'cached' },
  'kitchen-service': {},
  'delivery-service': {},
  'order-history-service': {},
  'accounting-service': {},
} as const satisfies Record<string, Partial<CallPolicy>>;

export type DependencyName = keyof typeof declared;
export const dependencyNames = Object.keys(declared) as DependencyName[];

interface Configured {
  readonly callDeadlineMs: number;
  readonly callPolicies?: CallPolicies;
}

/** The policy of each dependency, as declared here and overridden by the configuration. */
export function policiesOf({ callDeadlineMs, callPolicies = {} }: Configured): Record<DependencyName, CallPolicy> {
  const policies = dependencyNames.map(
    (name) => [name, callPolicy({ deadlineMs: callDeadlineMs }, declared[name], callPolicies['*'], callPolicies[name])] as const,
  );
  return Object.fromEntries(policies) as Record<DependencyName, CallPolicy>;
}
