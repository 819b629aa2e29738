import { channels } from '@ftgo/contracts/channels';
import { diagnostics } from '@ftgo/messaging/broker';
import { describe, expect, it } from 'vitest';
import { faultsOf, nameOf, steps } from './faults.js';
import { producer } from './ledger/entries.js';
import { Random } from './random.js';

const namesOf = (seed: number, round: number) => faultsOf(new Random(seed, round)).map(nameOf);

describe('the faults of a round', () => {
  it('are determined by the seed and the number of the round', () => {
    expect(namesOf(7, 12)).toEqual(namesOf(7, 12));
    expect(new Set([namesOf(7, 12), namesOf(7, 13), namesOf(8, 12)].map(String))).toHaveLength(3);
  });

  it('are one to three, at different targets', () => {
    for (let round = 1; round <= 200; round++) {
      const targets = faultsOf(new Random(1, round)).map(({ target }) => target);
      expect(targets.length).toBeGreaterThanOrEqual(1);
      expect(targets.length).toBeLessThanOrEqual(3);
      expect(new Set(targets).size).toBe(targets.length);
    }
  });

  it('know every announced step', () => {
    const announced = Object.values(diagnostics).map(({ name }) => name);
    expect(new Set(Object.keys(steps))).toEqual(new Set([...announced, 'sagas.step']));
  });

  it('know every sender of the contracts', () => {
    const paths = channels.flatMap(({ senders = [] }) => senders);
    const declared = new Set(paths.map((path) => path.split('/')[1]));
    expect(new Set(steps['messaging.outbox.committed'])).toEqual(declared.add(producer));
  });

  it('include every announced step in each process that announces it, within 1,000 rounds', () => {
    const rounds = Array.from({ length: 1_000 }, (_, i) => faultsOf(new Random(1 + Math.floor(i / 50), 1 + (i % 50))));
    const reached = new Set(rounds.flat().map(({ target, name }) => `${target} ${name}`));
    const wanted = Object.entries(steps).flatMap(([step, apps]) => apps.map((app) => `${app} kill at ${step}`));
    expect(wanted.filter((each) => !reached.has(each))).toEqual([]);
  });
});
