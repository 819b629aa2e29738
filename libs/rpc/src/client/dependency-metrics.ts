import { DependencyUnavailable } from '@ftgo/platform';
import { Counter, Gauge } from 'prom-client';
import { circuitStates, type Dependency } from './dependency.js';

const watched = new Set<Dependency>();

/** The dependencies of this process's proxies. */
export const dependencies = (): readonly Dependency[] => [...watched];

/** Exports the state of a dependency until the returned function is called. */
export function watchDependency(dependency: Dependency): () => void {
  watched.add(dependency);
  return () => void watched.delete(dependency);
}

export const circuits = new Gauge({
  name: 'rpc_client_circuit_state',
  help: 'State of the circuit breaker of a dependency: 1 for the current state, 0 for the others; open means that calls fail immediately',
  labelNames: ['dependency', 'state'],
  collect() {
    this.reset();
    for (const { name, circuit } of watched) {
      for (const state of circuitStates) this.set({ dependency: name, state }, Number(circuit === state));
    }
  },
});

const ofEach = (name: string, help: string, valueOf: (dependency: Dependency) => number) =>
  new Gauge({
    name,
    help,
    labelNames: ['dependency'],
    collect() {
      this.reset();
      for (const dependency of watched) this.set({ dependency: dependency.name }, valueOf(dependency));
    },
  });

export const callsInFlight = ofEach('rpc_client_calls_in_flight', 'Calls in flight to a dependency', (each) => each.callsInFlight);
export const callsWaiting = ofEach(
  'rpc_client_calls_waiting',
  'Calls to a dependency that wait until fewer are in flight',
  (each) => each.callsWaiting,
);

const fallbacks = new Counter({
  name: 'rpc_client_fallbacks_total',
  help: 'Failed calls whose result was replaced by a cached response or a default, or was omitted from a larger response',
  labelNames: ['dependency', 'fallback'],
});

/** Counts a call whose error the caller does not see. */
export function countFallback(error: unknown, fallback: 'cached' | 'default' | 'omitted'): void {
  const dependency = error instanceof DependencyUnavailable ? error.dependency : (error as { dependency?: unknown } | null)?.dependency;
  fallbacks.inc({ dependency: typeof dependency === 'string' ? dependency : 'unknown', fallback });
}
