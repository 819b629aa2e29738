import { type CircuitBreakerPolicy, CircuitState } from 'cockatiel';
import { Gauge } from 'prom-client';

const states: ReadonlyArray<readonly [string, CircuitState]> = [
  ['closed', CircuitState.Closed],
  ['open', CircuitState.Open],
  ['half_open', CircuitState.HalfOpen],
];

const watched = new Map<CircuitBreakerPolicy, string>();

/** The states of the circuit breakers of this process's proxies. */
export const circuits = new Gauge({
  name: 'rpc_client_circuit_state',
  help: 'State of the circuit breaker of a dependency: 1 for the current state, 0 for the others; open means that calls fail immediately',
  labelNames: ['dependency', 'state'],
  collect() {
    this.reset();
    for (const [breaker, dependency] of watched) {
      for (const [state, value] of states) this.set({ dependency, state }, Number(breaker.state === value));
    }
  },
});

/** Exports the state of a circuit breaker until the returned function is called. */
export function watchCircuit(dependency: string, breaker: CircuitBreakerPolicy): () => void {
  watched.set(breaker, dependency);
  return () => void watched.delete(breaker);
}
