import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contracts } from '@ftgo/contracts';
import { CommandRefused } from '@ftgo/contracts/common';
import type { PayloadType } from '@ftgo/messaging';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';

interface Recording {
  readonly messages: ReadonlyArray<{ readonly value: string; readonly headers: Readonly<Record<string, string>> }>;
}

const folder = join(repository, 'definitions', 'recorded');
const versions = globSync('*.json', { cwd: folder }).map((file) => file.slice(0, -'.json'.length));
const messagesOf = (version: string) => (JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8')) as Recording).messages;

type Declared = { readonly payload?: PayloadType<unknown>; readonly reply?: PayloadType<unknown> };
const declared = Object.values(contracts).flatMap((of) => Object.values<unknown>(of)) as Declared[];
const types = [CommandRefused as PayloadType<unknown>, ...declared.flatMap(({ payload, reply }) => [payload ?? [], reply ?? []].flat())];
/** What receivers read: every service reads through these. */
const payloads = new Map(types.map((type) => [type.typeName, type]));

describe.each(versions)('the messages that were recorded at version %s', (version) => {
  const messages = messagesOf(version).map(({ value, headers }) => [headers['ce_type'] ?? '', value] as const);

  it('are still read by every receiver, without losing anything', () => {
    for (const [type, value] of messages) {
      const payload = payloads.get(type);
      const read = payload?.decode(Buffer.from(value), 'application/json');
      expect([type, JSON.parse(String(payload?.encode(read, 'application/json')))]).toEqual([type, JSON.parse(value)]);
    }
    expect(messages.length).toBeGreaterThan(100);
  });

  it('have the same content as protobuf, so that their senders may change the format', () => {
    for (const [type, value] of messages) {
      const payload = payloads.get(type);
      const read = payload?.decode(Buffer.from(value), 'application/json');
      const bytes = payload?.encode(read, 'application/protobuf');
      expect([type, payload?.decode(bytes as Buffer, 'application/protobuf')]).toEqual([type, read]);
    }
  });
});
