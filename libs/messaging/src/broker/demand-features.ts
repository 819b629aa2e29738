import type { Broker, BrokerFeatures } from './broker.js';

/** The features that an application may require of its broker, worded for the error. */
const needs = {
  orderedPerKey: 'messages with the same key to arrive in the order in which they were sent',
  following: 'topics to be readable without a consumer group, so that every instance gets every message',
  publishSubscribe: 'every consumer group to get every message',
  retained: 'messages to be retained after they are handled, so that views can be rebuilt',
} as const satisfies Partial<Record<keyof BrokerFeatures, string>>;

export type NeededFeature = keyof typeof needs;

/** The broker lacks a feature that the application needs; another broker must be configured. */
export class FeaturesMissing extends Error {
  constructor(application: string, system: string, missing: readonly NeededFeature[]) {
    const what = missing.map((feature) => `${needs[feature]} (${feature})`).join(', and ');
    super(`${application} cannot use the broker ${system}: it needs ${what}; configure another broker`);
    this.name = 'FeaturesMissing';
    // A configuration error: a stack trace would not help.
    this.stack = this.message;
  }
}

/** Throws FeaturesMissing with all missing features. */
export function demandFeatures({ features }: Broker, application: string, needed: readonly NeededFeature[]): void {
  const missing = needed.filter((feature) => !features[feature]);
  if (missing.length > 0) throw new FeaturesMissing(application, features.system, missing);
}
