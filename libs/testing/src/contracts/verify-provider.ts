import { CommandRefused, message } from '@ftgo/contracts/common';
import {
  type CommandExample,
  commandExamples,
  type EventExample,
  eventExamples,
  type GrpcExample,
  grpcExamples,
  type Ids,
  type RestExample,
  restExamples,
  sampleOf,
} from '@ftgo/contracts/examples';
import { jsonContentType, type PayloadType } from '@ftgo/messaging';
import { describe, expect, it } from 'vitest';
import { declaredCommands, declaredEvents, inBothForms, jsonOf } from './declared.js';
import { type FromProtobuf, isSameInProtobuf } from './in-protobuf.js';
import { repliesOf } from './records.js';
import type { ServiceUnderContract } from './service-under-contract.js';

export interface ProviderPromises {
  /** Sets up the states named by the examples; returns the ids that replace those of the example. */
  readonly given: Readonly<Record<string, (ids: Ids) => Promise<Ids | void>>>;
  /** The resources that clients also get in protobuf, by prefix of their paths. */
  readonly protobuf?: Readonly<Record<string, FromProtobuf>>;
  /** The gRPC methods that have no caller yet. */
  readonly notCalled?: readonly string[];
}

/** Checks that the service does what each consumer's examples say; it may do more. */
export function verifyProvider(service: ServiceUnderContract, { given, protobuf = {}, notCalled = [] }: ProviderPromises): void {
  const { name, api } = service.options;
  const mine = <Example extends { readonly provider: string }>(examples: readonly Example[]) =>
    examples.filter(({ provider }) => provider === name);
  const [rest, grpc, events, commands] = [mine(restExamples), mine(grpcExamples), mine(eventExamples), mine(commandExamples)];

  const inState = async (example: { readonly given: string; readonly ids: Ids }): Promise<Ids> => {
    const bringAbout = given[example.given];
    if (!bringAbout) throw new Error(`${name} does not know the state "${example.given}"; add it to \`given\``);
    // Commands about one order belong to one saga, so each example has its own order.
    const ids = 'order' in example.ids ? { ...example.ids, order: service.freshId() } : example.ids;
    return { ...ids, ...(await bringAbout(ids)) };
  };

  if (rest.length > 0)
    describe('responds to REST calls', () => {
      it.each(rest.map((example) => [`${example.consumer}: ${example.name}`, example] as const))('%s', async (_, example) =>
        answersRest(service, { example, ids: await inState(example), protobuf }),
      );
    });

  if (grpc.length > 0)
    describe('responds to gRPC calls', () => {
      it.each(grpc.map((example) => [`${example.consumer}: ${example.method}, ${example.name}`, example] as const))(
        '%s',
        async (_, example) => answersGrpc(service, example, await inState(example)),
      );
    });

  if (events.length > 0)
    describe('publishes events', () => {
      it.each(events.map((example) => [`${example.consumer}: ${example.name}`, example] as const))('%s', async (_, example) =>
        publishes(service, example, await inState(example)),
      );
    });

  if (commands.length > 0)
    describe('executes commands', () => {
      it.each(inBothForms(commands, ({ type, name: what }) => `${type.split('.').at(-1)}, ${what}`))(
        '%s',
        async (_, example, contentType) => {
          const ids = await inState(example);
          const answer = await service.obey(example, ids, contentType);
          if (example.saga) isAnswer(service, example, ids, answer);
        },
      );
    });

  it('has an example for every call and command it handles', () => {
    const called = Object.values(api.method).flatMap((method) => (method.methodKind === 'unary' ? [method.name] : []));
    expect([...new Set([...grpc.map(({ method }) => method), ...notCalled])].toSorted()).toEqual(called.toSorted());
    const handled = service.handlers().flatMap((handler) => (handler.kind === 'command' ? [handler.type.payload.typeName] : []));
    expect([...new Set(commands.map(({ type }) => type))].toSorted()).toEqual(handled.toSorted());
  });
}

interface RestCase {
  readonly example: RestExample;
  readonly ids: Ids;
  readonly protobuf: Readonly<Record<string, FromProtobuf>>;
}

async function answersRest({ app }: ServiceUnderContract, { example, ids, protobuf }: RestCase): Promise<void> {
  const { method, path, body } = example.ask(ids);
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  const response = await app.inject({ method, url: path, ...(body && { payload: JSON.stringify(sampleOf(body)), headers }) });
  const expected = example.answer(ids);
  const shown = { status: response.statusCode, location: response.headers.location, body: response.body };
  expect(shown).toMatchObject({ status: expected.status, location: undefined });
  if (!expected.body) return;
  const contentType = response.headers['content-type'];
  expect(contentType).toContain(expected.status === 200 ? 'application/json' : 'application/problem+json');
  expect(response.json()).toMatchObject(expected.body);
  if (method === 'GET' && expected.status === 200) await isSameInProtobuf(app, { path, json: response.json() }, protobuf);
}

async function answersGrpc({ grpc, options }: ServiceUnderContract, example: GrpcExample, ids: Ids): Promise<void> {
  const method = Object.values(options.api.method).find(({ name }) => name === example.method);
  if (!method) throw new Error(`${example.service} has no method ${example.method}`);
  const [input, output] = [message(method.input), message(method.output)] as const;
  const request = input.decode(Buffer.from(JSON.stringify(sampleOf(example.request(ids)))), jsonContentType);
  const calls = grpc.calls as unknown as Readonly<Record<string, (request: unknown) => Promise<unknown>>>;
  const answer = calls[method.localName]?.(request);
  if ('reason' in example.outcome) {
    const { kind, reason: code } = example.outcome;
    await expect(answer).rejects.toMatchObject({ kind, code });
  } else {
    expect(JSON.parse(output.encode((await answer) as never, jsonContentType).toString())).toMatchObject(example.outcome.answer(ids));
  }
}

async function publishes(service: ServiceUnderContract, example: EventExample, ids: Ids): Promise<void> {
  const subject = String(example.about(ids));
  const published = await service.sent('type = $1 AND subject = $2', [example.type, subject]);
  expect(published).toMatchObject({
    topic: example.topic,
    source: `${example.source}/${subject}`,
    partition_key: subject,
    content_type: service.options.sends ?? jsonContentType,
    sequence: expect.stringMatching(/^\d{20}$/) as string,
  });
  const declared = declaredEvents.get(example.type);
  if (!declared) throw new Error(`${example.type} is not declared in libs/contracts`);
  expect(jsonOf(declared.payload, published.payload, published.content_type)).toMatchObject(example.payload?.(ids) ?? {});
}

function isAnswer(
  service: ServiceUnderContract,
  example: CommandExample,
  ids: Ids,
  answer: Awaited<ReturnType<ServiceUnderContract['obey']>>,
): void {
  const { saga, outcome, type } = example;
  if (!saga || !outcome || !answer) throw new Error(`${type} is a step of a saga; add an outcome to its example`);
  const [outcomeName, answerType, body] =
    'refusal' in outcome
      ? ['failure', CommandRefused, { code: outcome.refusal }]
      : ['success', declaredCommands.get(type)?.reply as PayloadType<unknown>, outcome.reply(ids)];
  expect(answer).toMatchObject({
    topic: repliesOf(saga.name),
    type: (answerType as PayloadType<unknown>).typeName,
    outcome: outcomeName,
    content_type: service.options.sends ?? jsonContentType,
    partition_key: answer.saga_id,
  });
  expect(jsonOf(answerType as PayloadType<unknown>, answer.payload, answer.content_type)).toMatchObject(body);
}
