import { describe, expect, it } from 'vitest';
import { compareSent, type FoundRecord, type SentRow } from './sent-messages.js';

const content = { key: '1', headers: 'h', payload: 'p' };
const row = (position: number, more: Partial<SentRow> = {}): SentRow => ({
  position,
  id: `id-${position}`,
  type: 'shop.v1.Sold',
  topic: 'shop.events',
  source: '/shop/items/1',
  content,
  isPublished: true,
  ...more,
});
const record = (position: number, more: Partial<FoundRecord> = {}): FoundRecord => ({
  id: `id-${position}`,
  type: 'shop.v1.Sold',
  place: { topic: 'shop.events', partition: 0, position: String(position) },
  source: '/shop/items/1',
  content,
  sequence: position,
  ...more,
});
const kinds = (rows: readonly SentRow[], records: readonly FoundRecord[], isComplete = true) =>
  compareSent(rows, records, isComplete).problems.map(({ kind, id }) => [kind, id]);

describe('an outbox compared with its topics', () => {
  it('has no problems if every row is there once, in order', () => {
    const compared = compareSent([row(1), row(2)], [record(1), record(2)], true);
    expect(compared).toEqual({ problems: [], waiting: 0, repeated: 0, strangers: [] });
  });

  it('has lost a row that is known to be published, but has no record; another one waits', () => {
    expect(kinds([row(1)], [])).toEqual([['lost', 'id-1']]);
    expect(compareSent([row(1, { isPublished: false })], [], true)).toMatchObject({ problems: [], waiting: 1 });
  });

  it.each(['key', 'headers', 'payload'])('differs from a record with another %s', (part) => {
    const { problems } = compareSent([row(1)], [record(1, { content: { ...content, [part]: 'x' } })], true);
    expect(problems).toMatchObject([{ kind: 'changed', what: `shop.v1.Sold was published with different content: ${part}` }]);
  });

  it('ignores the payload of a record that was too large to be read', () => {
    expect(kinds([row(1)], [record(1, { content: { ...content, payload: undefined } })])).toEqual([]);
  });

  it('counts what was published again, and judges the order by the first time', () => {
    const compared = compareSent([row(1), row(2)], [record(1), record(2), record(1), record(2)], true);
    expect(compared).toMatchObject({ problems: [], repeated: 2 });
  });

  it('is published out of order if a later row of a key comes first', () => {
    expect(
      kinds(
        [row(1, { source: '/a' }), row(2, { source: '/a' })],
        [record(2, { source: '/a', sequence: undefined }), record(1, { source: '/a', sequence: undefined })],
      ),
    ).toEqual([['out-of-order', 'id-1']]);
  });

  it('has a gap if the events of an aggregate are not numbered from 1', () => {
    expect(kinds([row(1), row(3)], [record(1), record(3)])).toEqual([['gap', '/shop/items/1']]);
    expect(kinds([row(3)], [record(3)])).toEqual([['gap', '/shop/items/1']]);
    expect(kinds([row(3)], [record(3)], false)).toEqual([]);
  });

  it('names records without a row', () => {
    expect(compareSent([], [record(1)], true).strangers).toHaveLength(1);
  });

  it('contradicts itself if a step of a saga has two different replies', () => {
    const reply = (position: number, answer: string) => record(position, { sequence: undefined, answers: { step: 's "pay"', answer } });
    expect(kinds([row(1), row(2)], [reply(1, 'success'), reply(2, 'success')])).toEqual([]);
    expect(kinds([row(1), row(2)], [reply(1, 'success'), reply(2, 'failure')])).toEqual([['answers', 's "pay"']]);
  });
});
