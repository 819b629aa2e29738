import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jsonContentType, type PayloadType } from '@ftgo/messaging';
import { describe, expect, it } from 'vitest';
import { commandExamples, eventExamples, grpcExamples, type Json, restExamples, sampleOf } from '../examples/index.js';
import { message } from '../src/codec/message.js';
import { CommandRefused } from '../src/common.js';
import { contracts } from '../src/index.js';

const root = resolve(import.meta.dirname, '../../..');

/** The events that the handlers of apps and libs name. */
const handled = globSync('{apps,libs}/*/src/**/*-handlers.ts', { cwd: root }).flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/@HandlesEvent\(([^)]*)\)/g)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []),
);

type Declared = typeof contracts.kitchen.CreateTicket | typeof contracts.order.OrderCreated;

const everything = Object.values(contracts).flatMap((of) => Object.values<unknown>(of));

const declared = (kind: Declared['kind']) =>
  everything.filter((value): value is Declared => typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind);
const events = declared('event') as Array<typeof contracts.order.OrderCreated>;
const commands = declared('command') as Array<typeof contracts.kitchen.CreateTicket>;
const apis = everything.filter(
  (value): value is typeof contracts.order.OrderServiceApi => typeof value === 'object' && value !== null && 'method' in value,
);

const shortName = (typeName: string) => typeName.split('.').at(-1) ?? '';

const exampleFiles = globSync('*/*.ts', { cwd: join(import.meta.dirname, '..', 'examples') });

it.each(exampleFiles)('the examples in %s are listed in index.ts', async (file) => {
  const exported = (await import(/* @vite-ignore */ join(import.meta.dirname, '..', 'examples', file))) as Record<string, unknown>;
  const lists = Object.entries(exported).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const listed = new Set<unknown>([...restExamples, ...grpcExamples, ...eventExamples, ...commandExamples]);
  expect(lists.filter(([, examples]) => !examples.every((example) => listed.has(example))).map(([name]) => name)).toEqual([]);
});

describe('every contract has an example:', () => {
  it('each event that has a handler', () => {
    const declaredNames = events.map(({ payload }) => shortName(payload.typeName));
    const exampled = new Set(eventExamples.map(({ type }) => shortName(type)));
    expect([...exampled].toSorted()).toEqual(declaredNames.filter((name) => handled.includes(name)).toSorted());
  });

  it.each(commands.map((command) => [shortName(command.payload.typeName), command] as const))(
    '%s, with success and each of its failure replies',
    (_, { payload, reply, refusals }) => {
      const outcomes = commandExamples
        .filter(({ type }) => type === payload.typeName)
        .map(({ outcome }) => (outcome === undefined ? 'one-way' : 'refusal' in outcome ? outcome.refusal : 'success'));
      expect([...new Set(outcomes)].toSorted()).toEqual((reply ? ['success', ...refusals] : ['one-way']).toSorted());
    },
  );
});

describe('an example contains only fields of the contract:', () => {
  const isWritten = (type: PayloadType<unknown>, json: Json) => {
    const sample = sampleOf(json);
    const plain = type.decode(Buffer.from(JSON.stringify(sample)), jsonContentType);
    expect(JSON.parse(type.encode(plain, jsonContentType).toString())).toEqual(sample);
  };

  it.each(eventExamples.map((example) => [`${example.name} for ${example.consumer}`, example] as const))('%s', (_, example) => {
    const type = events.find(({ payload }) => payload.typeName === example.type);
    isWritten(type?.payload as PayloadType<unknown>, example.payload?.(example.ids) ?? {});
  });

  it.each(commandExamples.map((example) => [`${shortName(example.type)}, ${example.name}`, example] as const))('%s', (_, example) => {
    const type = commands.find(({ payload }) => payload.typeName === example.type);
    isWritten(type?.payload as PayloadType<unknown>, example.payload(example.ids));
    const { outcome } = example;
    if (!outcome) return;
    if ('refusal' in outcome) isWritten(CommandRefused, { code: outcome.refusal, detail: 'because' });
    else isWritten(type?.reply as PayloadType<unknown>, outcome.reply(example.ids));
  });

  it.each(grpcExamples.map((example) => [`${example.method}, ${example.name}`, example] as const))('%s', (_, example) => {
    const api = apis.find(({ typeName }) => typeName === example.service);
    const method = Object.values(api?.method ?? {}).find(({ name }) => name === example.method);
    if (!method) throw new Error(`${example.service} has no method ${example.method}`);
    isWritten(message(method.input) as PayloadType<unknown>, example.request(example.ids));
    if ('answer' in example.outcome) isWritten(message(method.output) as PayloadType<unknown>, example.outcome.answer(example.ids));
  });
});
