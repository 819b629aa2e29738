import { describe, expect, it } from 'vitest';
import { EventCodec, UnreadableEvent } from '../src/event-format.js';
import { deposited, jars } from './jar.js';

const codec = new EventCodec(jars.events);
const stored = (type: string, typeVersion: number, data: object) => ({
  version: 7,
  type,
  typeVersion,
  data,
  occurredAt: new Date(),
  actor: null,
});

describe('a stored event', () => {
  it('is written in the latest version of its type', () => {
    expect(codec.encode(deposited(250))).toEqual({ type: 'Deposited', typeVersion: 3, data: { cents: 250 } });
  });

  it.each([
    [1, { dollars: 2 }],
    [2, { dimes: 20 }],
    [3, { cents: 200 }],
  ])('of version %i is read as the current version', (typeVersion, data) => {
    expect(codec.decode(stored('Deposited', typeVersion, data))).toEqual(deposited(200));
  });

  it('of an unknown newer version is rejected', () => {
    expect(() => codec.decode(stored('Deposited', 4, {}))).toThrow(UnreadableEvent);
    expect(() => codec.decode(stored('Smashed', 1, {}))).toThrow(/event 7 .* Smashed version 1.*unknown type/);
  });
});
