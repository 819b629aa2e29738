import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { contracts } from '@ftgo/contracts';
import { eventExamples, sampleOf } from '@ftgo/contracts/examples';
import { repository } from '@ftgo/runner/workspace';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { AsyncApi } from '../async-api.js';
import { resolved } from '../compatibility/schemas.js';

const folder = join(repository, 'definitions');
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as AsyncApi;
const files = ['asyncapi.json', ...globSync('asyncapi/*.json', { cwd: folder }).toSorted()];
const official = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
) as object;

describe.each(files)('definitions/%s', (file) => {
  const document = read(file);

  it('is valid against the official schema of AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const isValid = ajv.validate(official, document);
    expect([isValid, ajv.errors]).toEqual([true, null]);
  });

  it('refers only to what it contains', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference as string);
    expect(references.filter((reference) => Object.keys(resolved(document, { $ref: reference })).length === 0)).toEqual([]);
  });

  it('has, in each operation and reply, only messages of its channel', () => {
    type Part = { readonly channel: { readonly $ref: string }; readonly messages: ReadonlyArray<{ readonly $ref: string }> };
    const parts = Object.values(document.operations).flatMap((operation) => [operation, operation.reply ?? []].flat() as Part[]);
    expect(parts.filter(({ channel, messages }) => !messages.every(({ $ref }) => $ref.startsWith(`${channel.$ref}/messages/`)))).toEqual(
      [],
    );
  });
});

describe('the messages of all services', () => {
  const joined = read('asyncapi.json');
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(joined, 'joined');
  const problemsIn = (type: string, payload: unknown) => {
    const validate = ajv.getSchema(`joined#/components/schemas/${type}`)!;
    return validate(payload) ? [] : validate.errors;
  };

  it('are all that the contracts declare', () => {
    const declared = Object.values(contracts).flatMap((of) => Object.values<unknown>(of)) as Array<{
      kind?: string;
      payload?: { typeName: string };
      reply?: { typeName: string };
    }>;
    const types = declared.flatMap(({ kind, payload, reply }) => (kind ? [payload?.typeName, reply?.typeName] : []));
    const expected = new Set([...types.filter((type) => type !== undefined), 'ftgo.common.v1.CommandRefused']);
    expect(Object.keys(joined.components.messages)).toEqual([...expected].toSorted());
  });

  it.each(eventExamples.map((example) => [`${example.name} for ${example.consumer}`, example] as const))(
    'describe the example %s',
    (_, example) => {
      expect(problemsIn(example.type, sampleOf(example.payload?.(example.ids) ?? {}))).toEqual([]);
    },
  );

  const recordings = globSync('recorded/*.json', { cwd: folder });
  it.each(recordings)('describe every message of definitions/%s, its headers and payload', (file) => {
    const { messages } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      messages: ReadonlyArray<{ readonly value: string; readonly headers: Record<string, string> }>;
    };
    const problems = messages.flatMap(({ value, headers }) => {
      const type = headers['ce_type'] ?? '';
      const kind = joined.components.messages[type]?.headers.$ref.split('/').at(-1) ?? `no message ${type}`;
      return [...(problemsIn(type, JSON.parse(value)) ?? []), ...(problemsIn(kind, headers) ?? [])].map((problem) => [type, problem]);
    });
    expect(problems).toEqual([]);
    expect(messages.length).toBeGreaterThan(100);
  });

  it('do not allow a payload that lacks a required field or has the wrong type', () => {
    expect(problemsIn('ftgo.kitchen.v1.TicketAccepted', {})).toMatchObject([{ keyword: 'required' }]);
    expect(problemsIn('ftgo.kitchen.v1.TicketAccepted', { readyBy: 5 })).toMatchObject([{ keyword: 'type' }]);
  });
});
