import { type CircuitBreakerPolicy, CircuitState } from 'cockatiel';
import { Gauge } from 'prom-client';

const states: ReadonlyArray<readonly [string, CircuitState]> = [
  ['closed', CircuitState.Closed],
  ['open', CircuitState.Open],
  ['half_open', CircuitState.HalfOpen],
];

const watched = new Map<CircuitBreakerPolicy, string>();

/** Which state the circuits of this process's proxies are in. */
export const circuits = new Gauge({
  name: 'rpc_client_circuit_state',
  help: '1 for the state that the circuit to a dependency is in; open: calls fail at once',
  labelNames: ['dependency', 'state'],
  collect() {
    this.reset();
    for (const [breaker, dependency] of watched) {
      for (const [state, value] of states) this.set({ dependency, state }, Number(breaker.state === value));
    }
  },
});

/** Shows the state of a circuit until the returned function is called. */
export function watchCircuit(dependency: string, breaker: CircuitBreakerPolicy): () => void {
  watched.set(breaker, dependency);
  return () => void watched.delete(breaker);
}
