import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SagaDefinition } from '../src/index.js';
import { placed, placeOrderSaga, revisePaymentSaga } from './shop.js';
import { Simulation, type Turn } from './simulation.js';

const mostlyNot = fc.integer({ min: 0, max: 4 }).map((n) => n === 0);
const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      pick: fc.nat(20),
      crash: mostlyNot,
      again: mostlyNot,
      refuse: mostlyNot,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time-up' as const), crash: mostlyNot }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'local-fails' as const }) },
);

async function run<State extends object>(saga: SagaDefinition<State>, state: State, turns: readonly Turn[]): Promise<Simulation<State>> {
  const simulation = new Simulation(saga, state);
  await simulation.start();
  for (const next of turns) await simulation.turn(next);
  await simulation.settle();
  return simulation;
}

const invoked = (saga: SagaDefinition<never>): string[] =>
  saga.steps.filter(({ action }) => action.kind === 'invoke').map(({ name }) => name);
const undoable = (saga: SagaDefinition<never>): string[] =>
  saga.steps.filter(({ action, undo }) => action.kind === 'invoke' && undo).map(({ name }) => name);

/** All forward effects once, or nothing of what can be undone. */
function endsWhole<State extends object>(saga: SagaDefinition<State>, simulation: Simulation<State>): void {
  const definition = saga as unknown as SagaDefinition<never>;
  const { status } = simulation.instance;
  const effects = invoked(definition).map((step) => [step, simulation.effectOf(step)] as const);
  if (status === 'COMPLETED') {
    expect(Object.fromEntries(effects)).toEqual(Object.fromEntries(effects.map(([step]) => [step, 1])));
    expect(simulation.locals.filter((step) => step.endsWith(':undo'))).toEqual([]);
  } else {
    expect(status).toBe('ROLLED_BACK');
    for (const step of undoable(definition)) expect({ [step]: simulation.effectOf(step) }).toEqual({ [step]: 0 });
    for (const [step, times] of effects) expect({ [step]: times <= 1 && times >= 0 }).toEqual({ [step]: true });
    expect(simulation.locals.filter((step) => step === 'create order:undo' || step === 'begin:undo')).toHaveLength(1);
  }
  expect(simulation.locals.filter((step) => step === 'approve order').length).toBeLessThanOrEqual(1);
}

describe('in any order of messages, duplicates, delays, failures and crashes', () => {
  it('a saga completes with all of its effects, or rolls back with none', () =>
    fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 60 }), async (turns) => {
        const simulation = await run(placeOrderSaga, placed, turns);
        endsWhole(placeOrderSaga, simulation);
        if (simulation.instance.status === 'ROLLED_BACK') expect(simulation.effectOf('ship')).toBe(0);
      }),
      { numRuns: 3_000 },
    ));

  it('a pivot that is never undone when in doubt has an effect if and only if the saga completes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 40 }), async (turns) => {
        const simulation = await run(revisePaymentSaga, { orderId: 1 }, turns);
        endsWhole(revisePaymentSaga, simulation);
        expect(simulation.effectOf('revise payment')).toBe(simulation.instance.status === 'COMPLETED' ? 1 : 0);
      }),
      { numRuns: 2_000 },
    ));
});
