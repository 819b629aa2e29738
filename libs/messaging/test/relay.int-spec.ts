import { eventually } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayLab, range } from './relay-lab.js';

describe('the relay', () => {
  let lab: RelayLab;
  afterEach(() => lab.close());

  it('publishes what was committed, and nothing that was rolled back', async () => {
    lab = await RelayLab.open();
    const relay = lab.relay();
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const client = await lab.client();
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await client.query('BEGIN');
    await lab.insert(client, [{ key: 'a', n: 2 }]);
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await lab.insert(client, [{ key: 'a', n: 3 }]);
    await client.query('SAVEPOINT s');
    await lab.insert(client, [{ key: 'a', n: 4 }]);
    await client.query('ROLLBACK TO SAVEPOINT s');
    await lab.insert(client, [{ key: 'a', n: 5 }]);
    await client.query('COMMIT');
    await lab.insert(client, [{ key: 'a', n: 6 }]);
    await eventually(() => expect(lab.numbers).toEqual([1, 3, 5, 6]));
    expect(lab.received).toHaveLength(4);
  });

  it('stops without leaving anything unacknowledged', async () => {
    lab = await RelayLab.open();
    const relay = lab.relay();
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const client = await lab.client();
    for (const n of range(0, 200)) await lab.insert(client, [{ key: `k${n % 5}`, n }]);
    const startedAt = performance.now();
    await relay.stop();
    console.log('stop', performance.now() - startedAt);
    const second = lab.relay();
    await eventually(() => expect(second.status.state).toBe('leading'));
    await lab.insert(client, [{ key: 'k0', n: 200 }]);
    await eventually(() => expect(lab.numbers).toHaveLength(201));
    expect(lab.repetitions).toBe(0);
    expect(lab.disorder).toEqual([]);
  });
});
