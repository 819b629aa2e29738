import type { Broker, BrokerFeatures } from './broker.js';

/** What an application may need of its broker, in the words of the error. */
const needs = {
  orderedPerKey: 'messages of one key to arrive in the order in which they were sent',
  publishSubscribe: 'every consumer group to get every message',
  retained: 'messages to stay after they were handled, so that views can be rebuilt',
} as const satisfies Partial<Record<keyof BrokerFeatures, string>>;

export type NeededFeature = keyof typeof needs;

/** The broker does not do what the application needs; another one has to be configured. */
export class FeaturesMissing extends Error {
  constructor(application: string, system: string, missing: readonly NeededFeature[]) {
    const what = missing.map((feature) => `${needs[feature]} (${feature})`).join(', and ');
    super(`${application} cannot use the broker ${system}: it needs ${what}; configure another broker`);
    this.name = 'FeaturesMissing';
    // A matter of configuration: where in the code it was noticed is of no use.
    this.stack = this.message;
  }
}

/** Throws FeaturesMissing, with all that is missing. */
export function demandFeatures({ features }: Broker, application: string, needed: readonly NeededFeature[]): void {
  const missing = needed.filter((feature) => !features[feature]);
  if (missing.length > 0) throw new FeaturesMissing(application, features.system, missing);
}
