import { Outbox, occurred, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { PriceChanged } from '@ftgo/testing/messaging';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PriceList } from './price-list.js';

let priceList: PriceList;
beforeEach(async () => {
  priceList = await PriceList.start();
});
afterEach(() => priceList.close());

const shown = async () => (await priceList.app.inject('/operations/outbox')).json<Record<string, unknown>>();
const publish = (cents: number) =>
  priceList.app
    .get(Transactions)
    .run(async () => priceList.app.get(Outbox).publish({ id: 7, version: cents }, [occurred(PriceChanged, { item: 'pen', cents })]));
const rows = (text: string) => priceList.app.get(Database).query(text);

it('shows what waits for a relay, in the order in which it will be published', async () => {
  await publish(1);
  await publish(2);
  expect(await shown()).toEqual({
    state: 'never read',
    unpublished: 2,
    oldestAgeSeconds: expect.any(Number),
    waiting: [1, 2].map(() => ({
      id: expect.any(String),
      topic: 'shop.price.events',
      key: '7',
      type: 'shop.v1.PriceChanged',
      source: expect.any(String),
      writtenAt: expect.any(String),
      payloadBytes: expect.any(Number),
    })),
    skipped: [],
  });
});

it('shows the checkpoint of a relay that has stopped, and what is not proved to be published', async () => {
  await publish(1);
  await rows(`INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof, updated_at)
    SELECT 'r', '0/0', pg_current_snapshot(), system_identifier, '{}', now() - interval '1 min' FROM pg_control_system()`);
  await publish(2);
  const { state, checkpointAgeSeconds, unpublished } = await shown();
  expect([state, Math.floor(Number(checkpointAgeSeconds) / 60), unpublished]).toEqual(['no relay', 1, 1]);
});

it('shows who skipped a message and why', async () => {
  const id = '019a1b2c-3d4e-7f50-8123-456789abcdef';
  await rows(`INSERT INTO relay_skip (message_id, reason, skipped_by) VALUES ('${id}', 'too large', 'ann at 127.0.0.1')`);
  expect((await shown())['skipped']).toEqual([{ id, reason: 'too large', by: 'ann at 127.0.0.1', at: expect.any(String) }]);
});

it('publishes again what the relay has rejected, once, and not what an operator skipped', async () => {
  await publish(1);
  await publish(2);
  const waiting = async () => (await shown())['waiting'] as ReadonlyArray<{ id: string }>;
  const [rejected, skipped] = (await waiting()).map(({ id }) => id);
  await rows(`INSERT INTO relay_skip (message_id, topic, reason, skipped_by) VALUES
    ('${rejected}', 'shop.price.events', 'the service may not send to it', 'relay'), ('${skipped}', NULL, 'too large', 'ann at 127.0.0.1')`);
  const republish = (remoteAddress = '127.0.0.1') =>
    priceList.app.inject({
      method: 'POST',
      url: '/operations/outbox/republish',
      payload: { by: 'olga', reason: 'the relay knows the channel' },
      remoteAddress,
    });
  expect((await republish('192.0.2.7')).statusCode).toBe(403);
  expect((await republish()).json()).toEqual({ republished: [rejected] });
  expect((await republish()).json()).toEqual({ republished: [] });
  expect((await waiting()).map(({ id }) => id)).toEqual([rejected, skipped, rejected]);
  expect((await shown())['skipped']).toMatchObject([{ id: skipped }]);
  expect(await rows('SELECT actor, action, subject FROM operator_action')).toEqual([
    { actor: 'olga', action: 'outbox.republish', subject: `message/${rejected}` },
  ]);
});
