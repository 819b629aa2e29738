import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DescField, type DescFile, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { Money } from '@ftgo/kernel';
import { type ContentType, jsonContentType, protobufContentType } from '@ftgo/messaging';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { message } from './codec/message.js';
import { contracts } from './index.js';

const generated = globSync('gen/**/*_pb.ts', { cwd: import.meta.dirname }).toSorted();
const modules = await Promise.all(
  generated.map(async (file) => (await import(/* @vite-ignore */ join(import.meta.dirname, file))) as Record<string, unknown>),
);
const files = modules.flatMap((module) => Object.values(module)).filter(isFile);
const types = files.flatMap((file) => file.messages).filter(({ name }) => name !== 'Money');
const safeInteger = fc.maxSafeInteger();

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';
}

function anyPlain(type: DescMessage): fc.Arbitrary<unknown> {
  if (type.typeName === 'ftgo.common.v1.Money') {
    return fc.tuple(safeInteger, fc.constantFrom('USD', 'EUR')).map(([units, currency]) => Money.ofMinorUnits(units, currency));
  }
  if (type.typeName === 'google.protobuf.Timestamp') {
    return fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  }
  return fc.record(Object.fromEntries(type.fields.map((field) => [field.localName, anyField(field)])), {
    requiredKeys: type.fields.filter((field) => !field.proto.proto3Optional).map((field) => field.localName),
    noNullPrototype: true,
  });
}

function anyField(field: DescField): fc.Arbitrary<unknown> {
  const { message: nested, enum: enumeration } = field;
  const one = nested ? anyPlain(nested) : enumeration ? fc.constantFrom(...namesOf(enumeration)) : anyScalar(field);
  return field.fieldKind === 'list' ? fc.array(one, { maxLength: 4 }) : one;
}

const namesOf = ({ values, sharedPrefix = '' }: NonNullable<DescField['enum']>) =>
  values.map(({ name }) => name.slice(sharedPrefix.length));

function anyScalar(field: DescField): fc.Arbitrary<unknown> {
  const { scalar } = field;
  if (scalar === ScalarType.BOOL) return fc.boolean();
  if (scalar === ScalarType.STRING) return fc.string({ unit: 'grapheme' });
  return scalar === ScalarType.INT64 ? safeInteger : fc.integer();
}

describe('every message survives a round trip', () => {
  test.each(types.map((type) => [type.typeName, type] as const))('%s', (_name, type) => {
    const payload = message(type);
    fc.assert(
      fc.property(anyPlain(type), fc.constantFrom<ContentType>(jsonContentType, protobufContentType), (value, contentType) => {
        expect(payload.decode(payload.encode(value as never, contentType), contentType)).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });
});

/** The contracts of the services: the files in this folder, except those that all services share. */
const contractFiles = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !name.endsWith('.spec') && !['callers', 'channels', 'common', 'index', 'topics'].includes(name))
  .toSorted();

describe('declarations of the services', () => {
  test('are all listed in index.ts and exported by package.json', () => {
    const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { exports: object };
    expect({
      'missing in index.ts': contractFiles.filter((name) => !(name in contracts)),
      'missing in package.json': contractFiles.filter((name) => !(`./${name}` in exports)),
    }).toEqual({ 'missing in index.ts': [], 'missing in package.json': [] });
  });

  const declared = Object.values(contracts).flatMap((of) => Object.values<unknown>(of)) as Array<{ kind?: string }>;
  const commands = declared.filter((each) => each.kind === 'command') as Array<typeof contracts.kitchen.CreateTicket>;

  test('a success reply has the name of its command', () => {
    expect(commands).not.toEqual([]);
    for (const { payload, reply } of commands) {
      if (payload.typeName === 'ftgo.consumer.v1.NotifyConsumer') expect(reply).toBeUndefined();
      else expect(reply?.typeName).toBe(`${payload.typeName}Reply`);
    }
  });

  test('every message of a service is declared on a channel', () => {
    const messages = files.filter(({ name }) => /(commands|events)$/.test(name)).flatMap((file) => file.messages);
    const sent = declared.filter((each) => each.kind === 'command' || each.kind === 'event') as Array<
      typeof contracts.kitchen.CreateTicket
    >;
    const known = sent.flatMap(({ payload, reply }) => [payload.typeName, reply?.typeName]);
    expect(known.filter((name) => name !== undefined).toSorted()).toEqual(messages.map(({ typeName }) => typeName).toSorted());
  });

  test('a command is keyed by its aggregate', () => {
    const total = Money.of('1.00');
    expect(contracts.consumer.ValidateOrderByConsumer.key({ consumerId: 7, orderId: 17, orderTotal: total })).toBe('7');
    expect(contracts.kitchen.CreateTicket.key({ orderId: 17, restaurantId: 3, restaurantSequence: 1, lineItems: [] })).toBe('17');
    expect(contracts.kitchen.ConfirmCreateTicket.key({ ticketId: 17 })).toBe('17');
    expect(contracts.accounting.AuthorizeCard.key({ consumerId: 7, orderId: 17, orderTotal: total })).toBe('7');
  });

  test('topics keep events forever, and commands and replies for a week', () => {
    const week = 604_800_000;
    expect(contracts.kitchen.kitchenTopics).toEqual([
      { topic: 'ftgo.kitchen.commands', partitions: 6, retentionMs: week },
      { topic: 'ftgo.kitchen.events', partitions: 6, retentionMs: -1 },
    ]);
    expect(contracts.order.orderTopics.map(({ topic, retentionMs }) => [topic, retentionMs])).toEqual([
      ['ftgo.order.events', -1],
      ['ftgo.order.create-order-saga.replies', week],
      ['ftgo.order.cancel-order-saga.replies', week],
      ['ftgo.order.revise-order-saga.replies', week],
    ]);
  });
});
