import { describe, expect, it } from 'vitest';
import { neededColumns, RecordEncoder, timeText } from '../src/record/record-encoder.js';
import { isSame } from '../src/record/same-bytes.js';
import { InsertedRow, type Relation } from '../src/source/wal/pgoutput.js';

const id = '01234567-89ab-cdef-0123-456789abcdef';
const micros = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const text = (value: string) => Buffer.from(value);

type Row = Readonly<Record<string, Buffer | null>>;

const complete: Row = {
  position: micros(42n),
  id: Buffer.from(id.replaceAll('-', ''), 'hex'),
  topic: text('ftgo.order.events'),
  partition_key: text('7'),
  payload: text('{"total":1}'),
  type: text('ftgo.order.v1.OrderCreated'),
  source: text('/order-service'),
  subject: text('7'),
  time: micros(12_345_678n),
  correlation_id: text('c'),
  causation_id: text('d'),
  content_type: text('application/json'),
  data_schema: text('proto:ftgo.order.v1.OrderCreated'),
  sequence: text('3'),
  traceparent: text('00-a-b-01'),
  tracestate: null,
  extensions: null,
};

const oidOf = (column: string): number => neededColumns.get(column)?.oid ?? 25;
const relationOf = (row: Row): Relation => ({
  oid: 1,
  name: 'outbox',
  columns: Object.keys(row).map((name) => ({ name, typeOid: oidOf(name) })),
});

/** The row in the middle of other bytes, as it is received. */
function inserted(row: Row, before = '"before{'): InsertedRow {
  const received = new InsertedRow();
  const parts: Buffer[] = [Buffer.from(before)];
  for (const [column, value] of Object.values(row).entries()) {
    const start = Buffer.concat(parts).length;
    received.starts[column] = value === null ? -1 : start;
    received.ends[column] = value === null ? 0 : start + value.length;
    parts.push(value ?? Buffer.alloc(0), Buffer.from(' '));
  }
  received.bytes = Buffer.concat([...parts, Buffer.from('after"}')]);
  return received;
}

const encoderOf = (row: Row = complete) => new RecordEncoder(relationOf(row));
function encoded(change: Row = {}, encoder = encoderOf({ ...complete, ...change })) {
  const record = encoder.encode(inserted({ ...complete, ...change }))?.copy();
  if (!record) return undefined;
  const headers = record.headers.map(([name, value]) => [name.toString(), value.toString()]);
  return { topic: record.topic, key: record.key?.toString(), value: record.value.toString(), headers };
}
const extensionsOf = (json: string) => encoded({ extensions: text(json) })?.headers.slice(required.length);

const required = [
  ['ce_specversion', '1.0'],
  ['ce_id', id],
  ['ce_source', '/order-service'],
  ['ce_type', 'ftgo.order.v1.OrderCreated'],
  ['ce_subject', '7'],
  ['ce_time', '2000-01-01T00:00:12.345678Z'],
  ['ce_dataschema', 'proto:ftgo.order.v1.OrderCreated'],
  ['ce_partitionkey', '7'],
  ['ce_sequence', '3'],
  ['ce_correlationid', 'c'],
  ['ce_causationid', 'd'],
  ['traceparent', '00-a-b-01'],
  ['content-type', 'application/json'],
];

describe('the record of an outbox row', () => {
  it('has its topic, key, payload, and every other column as a header', () => {
    expect(encoded()).toEqual({ topic: 'ftgo.order.events', key: '7', value: '{"total":1}', headers: required });
  });

  it('has no header for an optional column that is NULL', () => {
    const names = encoded({ sequence: null, traceparent: null })?.headers.map(([name]) => name);
    expect(names).toEqual(required.map(([name]) => name).filter((name) => name !== 'ce_sequence' && name !== 'traceparent'));
  });

  it('does not depend on the rows before it', () => {
    const encoder = encoderOf();
    encoded({ extensions: text('{"a":"1","b":"2"}'), topic: text('ftgo.order.commands') }, encoder);
    encoded({ topic: text('ftgo.other.events'), id: Buffer.alloc(16), time: micros(86_400_000_000n) }, encoder);
    expect(encoded({}, encoder)).toEqual({ topic: 'ftgo.order.events', key: '7', value: '{"total":1}', headers: required });
  });

  it('has the headers of columns that former versions wrote', () => {
    const former = { saga_id: null, saga_step: text('reserve'), reply_to: text('r'), outcome: text('success') };
    expect(encoded(former)?.headers.slice(required.length)).toEqual([
      ['ce_sagastep', 'reserve'],
      ['ce_replyto', 'r'],
      ['ce_outcome', 'success'],
    ]);
  });

  it.each(['sequence', 'extensions', 'saga_id'])('has the value of %s also if it is the first column, at the first byte', (column) => {
    const value = column === 'extensions' ? text('{"a":"1"}') : text('s');
    const row = { [column]: value, ...complete, [column]: value };
    const headers = new RecordEncoder(relationOf(row)).encode(inserted(row, ''))?.copy().headers.map(String);
    expect(headers).toContain({ sequence: 'ce_sequence,s', extensions: 'a,1', saga_id: 'ce_sagaid,s' }[column]);
  });

  it('of an outbox without extensions has none', () => {
    const { extensions: _, ...older } = complete;
    const record = new RecordEncoder(relationOf(older)).encode(inserted(older))?.copy();
    expect(record?.headers).toHaveLength(required.length);
  });

  it.each([
    'id',
    'topic',
    'partition_key',
    'payload',
    'type',
    'source',
    'subject',
    'time',
    'correlation_id',
    'causation_id',
    'content_type',
    'data_schema',
  ])('does not exist while %s is NULL, with the reason', (column) => {
    expect(encoded({ [column]: null })).toBeUndefined();
    const { reason } = encoderOf().describe(inserted({ ...complete, [column]: null }));
    expect(reason).toBe(`invalid outbox row at position 42: column ${column} is NULL, but a message needs a value`);
  });

  it.each([
    [2n ** 63n - 1n, 'infinity'],
    [-(2n ** 63n), '-infinity'],
    [292_277n * 31_556_952_000_000n, 'about 292277 years after 2000'],
    [-4_000n * 31_556_952_000_000n, 'about 4000 years before 2000'],
  ])('does not exist at the time %s, with the reason', (time, shown) => {
    expect(encoded({ time: micros(time) })).toBeUndefined();
    expect(encoderOf().describe(inserted({ ...complete, time: micros(time) }))).toEqual({
      id,
      topic: 'ftgo.order.events',
      reason: `invalid outbox row at position 42: column time is ${shown}, but a message needs a time between the years 0000 and 9999`,
    });
  });

  it('needs every column with its type', () => {
    const { sequence: _, ...without } = complete;
    expect(() => new RecordEncoder(relationOf(without))).toThrow('the outbox has no column sequence of type text');
    const wrong = relationOf(complete).columns.map((column) => (column.name === 'payload' ? { ...column, typeOid: 25 } : column));
    expect(() => new RecordEncoder({ oid: 1, name: 'outbox', columns: wrong })).toThrow('the outbox has no column payload of type bytea');
    const { extensions } = Object.fromEntries(neededColumns);
    expect([extensions, neededColumns.get('id'), neededColumns.get('time')]).toEqual([
      { type: 'json', oid: 114 },
      { type: 'uuid', oid: 2950 },
      { type: 'timestamptz', oid: 1184 },
    ]);
  });
});

describe('the extensions of an outbox row', () => {
  it.each([
    ['{}', []],
    ['{"ce_sagaid":"s"}', [['ce_sagaid', 's']]],
    [
      '  { "a" : "1" , "b-c" : "" }  ',
      [
        ['a', '1'],
        ['b-c', ''],
      ],
    ],
    ['{"a":"Grüße, {}:"}', [['a', 'Grüße, {}:']]],
    [
      '{"a":"say \\"hi\\" \\\\","b":"\\u00e9"}',
      [
        ['a', 'say "hi" \\'],
        ['b', 'é'],
      ],
    ],
    ['{"a":"\\u00e9"}', [['a', 'é']]],
    ['{"\\u0061":"1"}', [['a', '1']]],
    [
      '{"b":"2",\n"a":"1"}',
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
  ])('%s are headers', (json, headers) => expect(extensionsOf(json)).toEqual(headers));

  it.each(['[]', 'null', '"a"', '7', '{"a":1}', '{"a":null}', '{"a":{"b":"c"}}', '{"A":"1"}', '{"ce_id":"1"}', '{"a":"1","B":"2"}'])(
    '%s are invalid, with the reason',
    (json) => {
      expect(encoded({ extensions: text(json) })).toBeUndefined();
      expect(encoderOf().describe(inserted({ ...complete, extensions: text(json) })).reason).toBe(
        'invalid outbox row at position 42: column extensions must be a JSON object of header names and strings',
      );
    },
  );

  it.each(['{"a":"1"}', '  { "a" : "1" , "b-c" : "" }  ', '{"a":"","b":"}{,: ","c":"é"}'])(
    '%s are not copied, as they have no escapes',
    (json) => {
      const row = inserted({ ...complete, extensions: text(json) });
      const view = encoderOf().encode(row);
      const extensions = view?.headerValues.slice(required.length, view.headerCount) ?? [];
      expect(extensions.map((value) => value.copy().toString())).toEqual(Object.values(JSON.parse(json) as object));
      expect(extensions.map(({ source }) => source === row.bytes)).toEqual(extensions.map(() => true));
    },
  );

  it('have names that are decoded once, up to a limit', () => {
    const encoder = encoderOf();
    const nameOf = (name: string) => {
      const view = encoder.encode(inserted({ ...complete, extensions: text(`{"${name}":"1"}`) }));
      return view?.headerNames[required.length];
    };
    const first = nameOf('n0');
    for (let i = 1; i < 256; i++) nameOf(`n${i}`);
    expect(nameOf('n0')).toBe(first);
    expect(nameOf('n255')).toBe(nameOf('n255'));
    expect(nameOf('n256')).not.toBe(nameOf('n256'));
    expect(nameOf('n256')?.toString()).toBe('n256');
  });

  it('are read correctly however many names there are', () => {
    const encoder = encoderOf({ ...complete, extensions: text('{}') });
    for (let i = 0; i < 600; i++) {
      const headers = encoded({ extensions: text(`{"name${i % 300}":"${i}"}`) }, encoder)?.headers.slice(required.length);
      expect(headers).toEqual([[`name${i % 300}`, String(i)]]);
    }
  });
});

describe('an invalid row', () => {
  it('without an id gets one from its position', () => {
    expect(encoderOf().describe(inserted({ ...complete, id: null })).id).toBe('00000000-0000-0000-0000-00000000002a');
    const far = { ...complete, id: null, position: micros(2n ** 62n) };
    expect(encoderOf().describe(inserted(far)).id).toBe('00000000-0000-0000-4000-000000000000');
  });

  it('without a topic is described without one', () => {
    expect(encoderOf().describe(inserted({ ...complete, topic: null })).topic).toBeUndefined();
  });

  it('of a table without positions is described as at 0', () => {
    const { position: _, ...without } = complete;
    const row = inserted({ ...without, id: null });
    expect(new RecordEncoder(relationOf({ ...without, id: null })).describe(row)).toMatchObject({
      id: '00000000-0000-0000-0000-000000000000',
      reason: 'invalid outbox row at position 0: column id is NULL, but a message needs a value',
    });
  });
});

describe('the comparison of a name with bytes', () => {
  it('is true for the same bytes only', () => {
    const bytes = Buffer.from('abcabd');
    const same = (name: string, start: number, end: number) => isSame(Buffer.from(name), bytes, start, end);
    expect([same('abc', 0, 3), same('abd', 3, 6), same('', 2, 2), same('c', 2, 3)]).toEqual([true, true, true, true]);
    expect([same('abd', 0, 3), same('abc', 3, 6), same('bbc', 0, 3), same('ab', 0, 3), same('abca', 0, 3), same('', 0, 1)]).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });
});

it('a time in range is described by its distance from 2000', () => {
  expect(timeText(0n)).toBe('about 0 years after 2000');
});
