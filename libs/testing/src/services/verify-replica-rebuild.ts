import { randomUUID } from 'node:crypto';
import type { ReplayReport } from '@ftgo/messaging';
import { type Broker, type MemoryBroker, memoryBroker, type OutgoingRecord } from '@ftgo/messaging/broker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { placeOf } from './place-of.js';
import { eventRecord, publishers } from './played-record.js';
import {
  type Api,
  type ServiceConfig,
  type ServiceInProcess,
  type ServiceModule,
  serviceConfig,
  startInProcess,
} from './service-in-process.js';

const { topic } = publishers.restaurant;

export interface ReplicaUnderTest {
  readonly name: string;
  readonly api: Api;
  readonly database: () => Promise<TestDatabase>;
  readonly module: (config: ServiceConfig, broker: Broker) => ServiceModule;
  readonly rebuild: (databaseUrl: string, broker: Broker) => Promise<ReplayReport>;
  /** The columns of its table `restaurants`. */
  readonly columns: string;
  /** Assignments that corrupt a row. */
  readonly wrong: string;
  /** The other events that the service consumes. */
  readonly topics?: readonly string[];
}

interface ShownReplica {
  readonly name: string;
  readonly state: string;
  readonly actions: readonly object[];
}

/** A service with a replica of restaurants. */
class ReplicaInProcess {
  private constructor(
    private readonly replica: ReplicaUnderTest,
    private readonly server: TestDatabase,
    private readonly broker: MemoryBroker,
    readonly service: ServiceInProcess,
  ) {}

  static async start(replica: ReplicaUnderTest): Promise<ReplicaInProcess> {
    const { name, api, database, module, topics = [] } = replica;
    const [server, broker] = [await database(), memoryBroker()];
    await broker.ensureTopics([topic, ...topics].map((each) => ({ topic: each, partitions: 2 })));
    const service = await startInProcess({ name, api, module: module(serviceConfig(server.url), broker.client()) });
    return new ReplicaInProcess(replica, server, broker, service);
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.server.drop();
  }

  rebuild(): Promise<ReplayReport> {
    return this.replica.rebuild(this.server.url, this.broker.client());
  }

  /** Resolves to the replica as it is shown after the rebuild. */
  async rebuildInService(): Promise<ShownReplica> {
    const response = await this.service.post('/operations/replicas/restaurants/rebuild', { by: 'olga', reason: 'a row is wrong' });
    expect(response.status).toBe(200);
    return eventually(async () => {
      const shown = await this.shown();
      expect(shown.state).toBe('ready');
      return shown;
    });
  }

  async shown(): Promise<ShownReplica> {
    const { body } = await this.service.get('/operations/replicas');
    return (body as unknown as { replicas: ShownReplica[] }).replicas.find(({ name }) => name === 'restaurants') as ShownReplica;
  }

  /** The states of the dead letters of a restaurant, oldest first. */
  async letters(id: number): Promise<unknown[]> {
    const text = 'SELECT status FROM dead_letter WHERE key = $1 ORDER BY id';
    const rows = await this.service.database.query<{ status: string }>(text, [Buffer.from(String(id))]);
    return rows.map(({ status }) => status);
  }

  changed(id: number, sequence: number, name: string): Promise<void> {
    return this.broker.publish([changeOf(id, sequence, name)]);
  }

  /** A change from someone else, at a price of 0.01; resolves to its place. */
  async forged(id: number, sequence: number): Promise<string> {
    const messageId = randomUUID();
    await this.broker.publish([changeOf(id, sequence, 'Forged', { minorUnits: 1, messageId })]);
    return placeOf(this.broker.client(), [topic], messageId);
  }

  poisoned(id: number, sequence: number): Promise<void> {
    return this.broker.publish([{ ...changeOf(id, sequence, ''), value: Buffer.from('{poison') }]);
  }

  async known(id: number, sequence: number): Promise<void> {
    await eventually(async () => expect((await this.rows(`id = ${id} AND sequence = ${sequence}`)).length).toBe(1));
  }

  /** Resolves when a change of this restaurant waits for an earlier one that could not be decoded. */
  async parked(id: number): Promise<void> {
    const { database } = this.service;
    const text = `SELECT FROM dead_letter WHERE status = 'parked' AND key = $1`;
    await eventually(async () => expect((await database.query(text, [Buffer.from(String(id))])).length).toBe(1));
  }

  rows(condition = 'true'): Promise<object[]> {
    return this.service.database.query(`SELECT ${this.replica.columns} FROM restaurants WHERE ${condition} ORDER BY id`);
  }

  async damage(): Promise<void> {
    await this.service.database.query(`UPDATE restaurants SET ${this.replica.wrong} WHERE id = 1`);
    await this.service.database.query('DELETE FROM restaurants WHERE id = 2');
  }
}

function changeOf(id: number, sequence: number, name: string, { minorUnits = 250, messageId = randomUUID() } = {}): OutgoingRecord {
  const menuItems = [{ id: '1', name: 'Naan', price: { currencyCode: 'USD', minorUnits: String(minorUnits) } }];
  const address = { street1: `${name} Street`, city: 'Oakland', state: 'CA', zip: '94611' };
  const payload = { name, address, menu: { menuItems } };
  return eventRecord({ publisher: 'restaurant', type: 'RestaurantRevised', id, sequence, payload, messageId });
}

/** Checks that the service rebuilds its replica of restaurants while it runs. */
export function verifyReplicaRebuild(replica: ReplicaUnderTest): void {
  let restaurants: ReplicaInProcess;

  beforeAll(async () => {
    restaurants = await ReplicaInProcess.start(replica);
  });
  afterAll(() => restaurants?.close());

  it('repairs corrupt rows, and restores missing ones', async () => {
    await restaurants.changed(1, 1, 'Ajanta');
    await restaurants.changed(1, 2, 'Ajanta Palace');
    await restaurants.changed(2, 1, 'Curry House');
    await restaurants.known(1, 2);
    await restaurants.known(2, 1);
    const before = await restaurants.rows();
    await restaurants.damage();
    expect(await restaurants.rows()).not.toEqual(before);
    expect(await restaurants.rebuild()).toEqual({ handled: 3, skipped: 0 });
    expect(await restaurants.rows()).toEqual(before);
  });

  it('does the same in the running service at the request of an operator, and shows who asked for it', async () => {
    const before = await restaurants.rows();
    await restaurants.damage();
    expect(await restaurants.rebuildInService()).toMatchObject({ name: 'restaurants', gaps: 0, rebuiltAt: expect.any(String) as string });
    expect(await restaurants.rows()).toEqual(before);
    const { actions } = await restaurants.shown();
    expect(actions.slice(0, 2)).toMatchObject([
      { action: 'replica.rebuilt', actor: 'olga', reason: '3 events applied, 0 skipped' },
      { action: 'replica.rebuild', actor: 'olga', reason: 'a row is wrong' },
    ]);
  });

  it('skips records that cannot be decoded, whose dead letters remain, and applies those that waited for them', async () => {
    await restaurants.poisoned(1, 3);
    await restaurants.changed(1, 4, 'Ajanta Hut');
    await restaurants.parked(1);
    expect(await restaurants.rebuild()).toMatchObject({ skipped: 1 });
    await restaurants.known(1, 4);
    expect(await restaurants.letters(1)).toEqual(['dead', 'discarded']);
  });

  it('loses no concurrent change', async () => {
    const rebuilding = restaurants.rebuild();
    let sequence = 0;
    do {
      await restaurants.changed(3, ++sequence, `Taj Mahal ${sequence}`);
      await restaurants.known(3, sequence);
    } while ((await Promise.race([rebuilding, Promise.resolve('running')])) === 'running');
    await restaurants.known(3, sequence);
    expect(JSON.stringify(await restaurants.rows('id = 3'))).toContain(`Taj Mahal ${sequence}`);
  });

  it('counts a missing change, and continues with the next', async () => {
    await restaurants.changed(4, 1, 'Dosa');
    await restaurants.changed(4, 3, 'Dosa Corner');
    await restaurants.known(4, 3);
    expect((await restaurants.service.get('/metrics')).body.text).toContain('replica_gaps_total 1');
  });

  verifyStrikingOut(() => restaurants);
}

function verifyStrikingOut(started: () => ReplicaInProcess): void {
  it('restores a restaurant by striking out the forged events that changed its prices and hid all later changes', async () => {
    const restaurants = started();
    await restaurants.changed(5, 1, 'Biryani');
    const cheap = await restaurants.forged(5, 2);
    await restaurants.known(5, 2);
    const frozen = await restaurants.forged(5, Number.MAX_SAFE_INTEGER);
    // A rebuilt replica trusts the topic, unlike the running service.
    await restaurants.rebuildInService();
    await restaurants.known(5, Number.MAX_SAFE_INTEGER);
    await restaurants.changed(5, 2, 'Biryani House');
    const act = { by: 'olga', reason: 'forged', places: [cheap, frozen] };
    for (const _time of ['once', 'again']) expect((await restaurants.service.post('/operations/struck-messages', act)).status).toBe(200);
    for (const _time of ['once', 'again']) {
      await restaurants.rebuildInService();
      expect(JSON.stringify(await restaurants.rows('id = 5 AND sequence = 2'))).toMatch(/Biryani House/);
    }
  });
}
