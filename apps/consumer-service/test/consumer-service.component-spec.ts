import { randomUUID } from 'node:crypto';
import { allReplyChannels } from '@ftgo/contracts/common';
import { ConsumerServiceApi, NotifyConsumer, ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { withheldName } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { OperatorActions } from '@ftgo/messaging/operations';
import { Access, type Database, IdempotentRequests, idempotencyKey, type NestFastifyApplication, Ownership, runAs } from '@ftgo/platform';
import type { GrpcClient } from '@ftgo/rpc';
import { eventually, type TestDatabase } from '@ftgo/testing';
import { migratedDatabase, serviceConfig, startInProcess } from '@ftgo/testing/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule, service } from '../src/app.module.js';
import { ConsumerRepository } from '../src/consumer/consumer.repository.js';
import { ConsumerService } from '../src/consumer/consumer.service.js';
import { migrations } from '../src/migrations/migrations.js';
import { commandRecord, type Sending } from './command-record.js';

const replies = allReplyChannels[0]!;

describe('consumer-service', () => {
  let server: TestDatabase;
  let app: NestFastifyApplication;
  let broker: MemoryBroker;
  let database: Database;
  let grpc: GrpcClient<typeof ConsumerServiceApi>;

  beforeAll(async () => {
    server = await migratedDatabase(service, migrations);
    broker = memoryBroker();
    const module = AppModule.forRoot(serviceConfig(server.url), broker);
    ({ app, grpc, database } = await startInProcess({ name: service, api: ConsumerServiceApi, module }));
  });
  afterAll(async () => {
    grpc?.close();
    await app?.close();
    await server?.drop();
  });

  const get = (url: string) => app.inject({ method: 'GET', url });
  const post = (url: string, payload: object | string, contentType = 'application/json; charset=UTF-8', headers: object = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { 'content-type': contentType, ...headers } });
  const ada = { firstName: 'Ada', lastName: 'Lovelace' };
  const newConsumer = async (): Promise<number> => (await post('/consumers', { name: ada })).json<{ consumerId: number }>().consumerId;

  describe('over HTTP', () => {
    it('creates a consumer that can be read, and publishes its creation without the name', async () => {
      const created = await post('/consumers', { name: ada, nickname: 'Countess' });
      expect([created.statusCode, created.headers['content-type'], created.headers.location]).toEqual([
        200,
        expect.stringContaining('application/json'),
        undefined,
      ]);
      const { consumerId } = created.json<{ consumerId: number }>();
      expect(created.json()).toEqual({ consumerId: expect.any(Number) });
      const read = await get(`/consumers/${consumerId}`);
      expect([read.statusCode, read.json()]).toEqual([200, { consumerId, name: ada }]);

      const [published] = await database.query('SELECT topic, type, sequence, payload, traceparent FROM outbox WHERE subject = $1', [
        String(consumerId),
      ]);
      expect(published).toMatchObject({
        topic: 'ftgo.consumer.events',
        type: 'ftgo.consumer.v1.ConsumerCreated',
        sequence: '1'.padStart(20, '0'),
      });
      expect(JSON.parse(String((published as { payload: Buffer }).payload))).toEqual({
        name: { firstName: 'withheld', lastName: 'withheld' },
      });
      expect((published as { traceparent: string }).traceparent).toContain(created.headers['x-trace-id']);
    });

    it.each([
      ['malformed JSON', '{"name":', 400, 'MALFORMED_REQUEST', undefined],
      ['no name', {}, 400, 'VALIDATION_FAILED', ['/name']],
      ['empty names', { name: { firstName: '', lastName: '  ' } }, 400, 'VALIDATION_FAILED', ['/name/firstName', '/name/lastName']],
      ['a missing last name', { name: { firstName: 'Ada', lastName: null } }, 400, 'VALIDATION_FAILED', ['/name/lastName']],
      ['a name of the wrong type', { name: { firstName: 1, lastName: 'L' } }, 400, 'VALIDATION_FAILED', ['/name/firstName']],
      ['a name that is too long', { name: { firstName: 'A'.repeat(256), lastName: 'L' } }, 400, 'VALIDATION_FAILED', ['/name/firstName']],
      ['a name that cannot be stored', { name: { firstName: 'A\u0000', lastName: 'L' } }, 400, 'VALIDATION_FAILED', ['/name/firstName']],
      ['an oversized body', { name: { firstName: 'A'.repeat(1024 * 1024), lastName: 'L' } }, 413, 'BODY_TOO_LARGE', undefined],
    ])('rejects %s and stores nothing', async (_what, payload, status, code, pointers) => {
      const before = await database.query('SELECT count(*) FROM consumers');
      const response = await post('/consumers', payload);
      expect([response.statusCode, response.headers['content-type']]).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
      ]);
      const problem = response.json<{ code: string; errors?: Array<{ pointer: string }> }>();
      expect([problem.code, problem.errors?.map(({ pointer }) => pointer)]).toEqual([code, pointers]);
      expect(await database.query('SELECT count(*) FROM consumers')).toEqual(before);
    });

    it('rejects other media types and unknown routes', async () => {
      expect((await post('/consumers', 'name=Ada', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
      const elsewhere = await post('/customers', { name: ada });
      expect([elsewhere.headers['content-type'], elsewhere.json()]).toEqual([
        expect.stringContaining('application/problem+json'),
        expect.objectContaining({ status: 404, code: 'ROUTE_NOT_FOUND' }),
      ]);
    });

    it('keeps names in any language, up to 255 characters', async () => {
      const name = { firstName: 'Zoë 李', lastName: 'ü'.repeat(255) };
      const { consumerId } = (await post('/consumers', { name: { ...name, middleName: 'ignored' } })).json<{ consumerId: number }>();
      expect((await get(`/consumers/${consumerId}`)).json()).toEqual({ consumerId, name });
    });

    it('numbers consumers from 1, within 32 bits', async () => {
      await newConsumer();
      const [ids] = await database.query<{ least: number; greatest: number }>(
        'SELECT min(id) AS least, max(id) AS greatest FROM consumers',
      );
      expect(ids?.least).toBe(1);
      expect(ids?.greatest).toBeLessThan(2 ** 31);
    });

    it('returns 404 for an unknown consumer', async () => {
      const response = await get('/consumers/999999');
      expect([response.statusCode, response.json()]).toMatchObject([404, { code: 'CONSUMER_NOT_FOUND', instance: '/consumers/999999' }]);
    });

    it.each(['abc', '0', '1.5'])('rejects %s as an id', async (id) => {
      expect((await get(`/consumers/${id}`)).statusCode).toBe(400);
      expect((await get(`/consumers/${id}/notifications`)).statusCode).toBe(400);
    });

    it('with security on, creates one consumer for a person, even when several requests arrive at the same time', async () => {
      const [requests, consumers, ownership] = [app.get(IdempotentRequests), app.get(ConsumerRepository), app.get(Ownership)];
      const acts = [app.get(Transactions), app.get(OperatorActions)] as const;
      const secured = new ConsumerService(requests, consumers, new Access(true, ownership), ownership, ...acts);
      const person = { issuer: 'https://login.example', subject: 'ada', claims: {}, expiresAt: new Date(), token: '' };
      const create = (role = 'consumer') => runAs({ ...person, roles: new Set([role]) }, () => secured.createConsumer(ada as never));
      const outcomes = await Promise.allSettled([create(), create(), create()]);
      const ids = new Set(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])));
      expect([ids.size, ids.has(await create()), ids.has(await create('operator'))]).toEqual([1, true, false]);
      const published = await database.query<{ subject: string; payload: Buffer }>(
        `SELECT subject, payload FROM outbox WHERE convert_from(payload, 'UTF8') LIKE '%login.example%'`,
      );
      const [id = 0] = ids;
      const created = { name: withheldName, owner: 'https://login.example|ada' };
      expect(published.map(({ subject, payload }) => [Number(subject), JSON.parse(String(payload))])).toEqual([[id, created]]);
      await post(`/operations/consumers/${id}/erase`, { by: 'olga', reason: 'request 4711' });
      expect(await create()).toBeGreaterThan(id); // a person whose consumer was erased can have another
    });

    describe('with an Idempotency-Key', () => {
      const create = (key: string, name: object = ada) => post('/consumers', { name }, 'application/json', { 'idempotency-key': key });
      const howMany = async () => (await database.query('SELECT id FROM consumers')).length;

      it('creates one consumer, however often and over whichever protocol it is requested', async () => {
        const before = await howMany();
        const first = await create('one-ada');
        const again = await create('one-ada');
        expect([again.statusCode, again.json()]).toEqual([200, first.json()]);
        expect(await idempotencyKey.run('one-ada', () => grpc.calls.createConsumer({ name: ada }))).toEqual(first.json());
        expect(await howMany()).toBe(before + 1);
        expect((await create('another-ada')).json()).not.toEqual(first.json());
      });

      it('creates one consumer for concurrent requests; the others get the same response or 409', async () => {
        const before = await howMany();
        const answers = await Promise.all(Array.from({ length: 12 }, () => create('ada-at-once')));
        const { consumerId } = (await create('ada-at-once')).json<{ consumerId: number }>();
        for (const answer of answers)
          expect(answer.json()).toMatchObject(answer.statusCode === 200 ? { consumerId } : { status: 409, code: 'REQUEST_IN_PROGRESS' });
        expect(await howMany()).toBe(before + 1);
      });

      it('rejects another body, and an invalid key', async () => {
        await create('only-ada');
        expect((await create('only-ada', { firstName: 'Grace', lastName: 'Hopper' })).json()).toMatchObject({
          status: 422,
          code: 'IDEMPOTENCY_KEY_REUSED',
        });
        expect((await create('two words')).json()).toMatchObject({ status: 400, errors: [{ pointer: '/Idempotency-Key' }] });
      });

      it('does not remember a rejected request', async () => {
        expect((await create('corrected', { firstName: '', lastName: '' })).statusCode).toBe(400);
        expect((await create('corrected')).statusCode).toBe(200);
      });
    });

    it('serves its OpenAPI document and Swagger UI', async () => {
      const { paths } = (await get('/openapi.json')).json<{ paths: object }>();
      expect(Object.keys(paths).filter((path) => !path.startsWith('/operations/'))).toEqual([
        '/consumers',
        '/consumers/{consumerId}',
        '/consumers/{consumerId}/notifications',
      ]);
      expect((await get('/swagger-ui/index.html')).statusCode).toBe(200);
    });
  });

  describe('over gRPC', () => {
    it('creates consumers that can be read one by one and in batches', async () => {
      const { consumerId } = await grpc.calls.createConsumer({ name: ada });
      const { consumerId: other } = await grpc.calls.createConsumer({ name: { firstName: 'Grace', lastName: 'Hopper' } });
      expect(await grpc.calls.getConsumer({ consumerId })).toEqual({ consumer: { consumerId, name: ada } });
      const { consumers } = await grpc.calls.batchGetConsumers({ consumerIds: [consumerId, other, 999_999] });
      expect(new Set(consumers.map((consumer) => consumer.consumerId))).toEqual(new Set([consumerId, other]));
    });

    it('finds consumers by more ids than a statement allows parameters', async () => {
      const { consumerId } = await grpc.calls.createConsumer({ name: ada });
      const consumerIds = [consumerId, ...Array.from({ length: 70_000 }, (_, i) => 1_000_000 + i)];
      expect((await grpc.calls.batchGetConsumers({ consumerIds })).consumers).toEqual([{ consumerId, name: ada }]);
    });

    it('rejects what it rejects over HTTP', async () => {
      await expect(grpc.calls.createConsumer({ name: { firstName: '', lastName: 'L' } })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/name/firstName', detail: 'must not be empty' }],
      });
      await expect(grpc.calls.getConsumer({ consumerId: 999_999 })).rejects.toMatchObject({
        code: 'CONSUMER_NOT_FOUND',
        kind: 'not-found',
      });
      await expect(grpc.calls.getConsumer({ consumerId: 0 })).rejects.toMatchObject({ code: 'INVALID_ID', kind: 'invalid' });
    });
  });

  describe('as a participant of sagas', () => {
    const validate = (consumerId: number, sending: Partial<Sending> = {}) => {
      const saga = { sagaId: randomUUID(), sagaStep: 'validate consumer', replyTo: replies, ...sending };
      const command = { consumerId, orderId: 1, orderTotal: Money.of('61.70') };
      return { sagaId: saga.sagaId, sent: broker.publish([commandRecord(ValidateOrderByConsumer, command, saga)]) };
    };
    const answers = (sagaId: string) =>
      database.query<{ type: string; outcome: string; payload: Buffer }>(
        `SELECT topic, type, extensions->>'ce_outcome' AS outcome, payload FROM outbox WHERE extensions->>'ce_sagaid' = $1 ORDER BY position`,
        [sagaId],
      );

    it('validates the order of a known consumer', async () => {
      const { sagaId, sent } = validate(await newConsumer());
      await sent;
      await eventually(async () =>
        expect(await answers(sagaId)).toMatchObject([
          { topic: replies.topic, type: 'ftgo.consumer.v1.ValidateOrderByConsumerReply', outcome: 'success' },
        ]),
      );
    });

    it('rejects the order of an unknown consumer', async () => {
      const { sagaId, sent } = validate(999_999);
      await sent;
      const [answer] = await eventually(async () => {
        const found = await answers(sagaId);
        expect(found).toMatchObject([{ type: 'ftgo.common.v1.CommandRefused', outcome: 'failure' }]);
        return found;
      });
      expect(JSON.parse(String(answer?.payload))).toMatchObject({ code: 'CONSUMER_NOT_FOUND' });
    });

    it('repeats its reply to a command that is sent again', async () => {
      const unknown = (await newConsumer()) + 1;
      const { sagaId, sent } = validate(unknown);
      await sent;
      await eventually(async () => expect(await answers(sagaId)).toHaveLength(1));
      expect(await newConsumer()).toBe(unknown);
      await validate(unknown, { sagaId }).sent;
      await eventually(async () => expect((await answers(sagaId)).map(({ outcome }) => outcome)).toEqual(['failure', 'failure']));
    });
  });

  describe('the erasure of personal data', () => {
    const erase = (id: number, act: object = { by: 'olga', reason: 'request 4711' }) => post(`/operations/consumers/${id}/erase`, act);

    it('removes the name for good; it is recorded and published once, and can be repeated', async () => {
      const id = await newConsumer();
      const action = { actor: 'olga', action: 'consumer.erase', subject: `consumer/${id}`, reason: 'request 4711' };
      for (const answer of [await erase(id), await erase(id)]) expect(answer.json()).toMatchObject({ consumerId: id, actions: [action] });
      expect((await get(`/consumers/${id}`)).json()).toMatchObject({ status: 404, code: 'CONSUMER_NOT_FOUND' });
      expect((await grpc.calls.batchGetConsumers({ consumerIds: [id] })).consumers).toEqual([]);
      const rows = await database.query('SELECT c::text AS row FROM consumers c WHERE id = $1', [id]);
      expect(JSON.stringify(rows)).not.toMatch(/Ada|Lovelace/);
      const published = await database.query('SELECT type FROM outbox WHERE subject = $1 ORDER BY position', [String(id)]);
      expect(published).toEqual(['ConsumerCreated', 'ConsumerErased'].map((name) => ({ type: `ftgo.consumer.v1.${name}` })));
    });

    it('needs a reason, and a consumer', async () => {
      expect((await erase(await newConsumer(), { by: 'olga' })).json()).toMatchObject({ status: 400, errors: [{ pointer: '/reason' }] });
      expect((await erase(999_999)).json()).toMatchObject({ status: 404, code: 'CONSUMER_NOT_FOUND' });
    });
  });

  describe('notifications', () => {
    const notify = (consumerId: number, orderId: number, text: string) => {
      const command = { consumerId, orderId, kind: 'APPROVED' as const, text };
      return broker.publish([commandRecord(NotifyConsumer, command, { sagaId: randomUUID(), sagaStep: 'approve order' })]);
    };

    it('are shown to their consumer, newest first', async () => {
      const consumerId = await newConsumer();
      await notify(consumerId, 7, 'order 7 is approved');
      await notify(consumerId, 8, 'order 8 is approved');
      await eventually(async () => {
        const { notifications } = (await get(`/consumers/${consumerId}/notifications`)).json<{ notifications: object[] }>();
        expect(notifications).toEqual([
          { orderId: 8, kind: 'APPROVED', text: 'order 8 is approved', at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/) },
          { orderId: 7, kind: 'APPROVED', text: 'order 7 is approved', at: expect.any(String) },
        ]);
      });
    });

    it('for an unknown consumer are counted and ignored', async () => {
      await notify(888_888, 9, 'for no one');
      await eventually(async () => expect((await get('/metrics')).body).toContain('consumer_notifications_ignored_total 1'));
      expect((await get('/consumers/888888/notifications')).json()).toEqual({ notifications: [] });
    });
  });
});
