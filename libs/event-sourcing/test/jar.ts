import { event, eventChannel, occurred, type PayloadType } from '@ftgo/messaging';
import type { EventSourcedType } from '../src/index.js';

export type JarEvent = Deposited | Emptied;
export interface Deposited {
  readonly kind: 'Deposited';
  readonly cents: number;
}
export interface Emptied {
  readonly kind: 'Emptied';
}

/** A savings jar. */
export interface Jar {
  readonly id: string;
  readonly version: number;
  readonly cents: number;
}

export const deposited = (cents: number): Deposited => ({ kind: 'Deposited', cents });
export const emptied: Emptied = { kind: 'Emptied' };

export const emptyJar = (id: string): Jar => ({ id, version: 0, cents: 0 });

export const applyTo = (jar: Jar, happened: JarEvent): Jar => ({
  ...jar,
  version: jar.version + 1,
  cents: happened.kind === 'Deposited' ? jar.cents + happened.cents : 0,
});

const plain = <Payload>(typeName: string): PayloadType<Payload> => ({
  typeName,
  dataSchema: `test:${typeName}`,
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(String(bytes)) as Payload,
});
const jarEvents = eventChannel('jars.events', { source: '/jar-service/jars' });
const JarFilled = event(jarEvents, plain<{ by: number; to: number }>('jars.v1.JarFilled'));
const JarEmptied = event(jarEvents, plain<object>('jars.v1.JarEmptied'));

/** Old versions: jars first counted dollars, then dimes. */
export const jars: EventSourcedType<Jar, JarEvent> = {
  stream: 'jar',
  before: emptyJar,
  apply: applyTo,
  events: {
    Deposited: {
      upcasts: [({ dollars }: { dollars: number }) => ({ dimes: dollars * 10 }), ({ dimes }: { dimes: number }) => ({ cents: dimes * 10 })],
      write: ({ cents }) => ({ cents }),
      read: ({ cents }: { cents: number }) => ({ cents }),
    },
    Emptied: { write: () => ({}), read: () => ({}) },
  },
  snapshots: {
    format: 1,
    every: 3,
    write: ({ version, cents }) => ({ version, cents }),
    read: (id, state: { version: number; cents: number }) => ({ id, ...state }),
  },
  toMessage: (happened, { cents }) =>
    happened.kind === 'Deposited' ? occurred(JarFilled, { by: happened.cents, to: cents }) : occurred(JarEmptied, {}),
};
