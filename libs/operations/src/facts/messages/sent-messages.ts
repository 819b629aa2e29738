import type { MessageProblem, Place } from './message-problem.js';

/** What must be the same in the outbox and in the topic; texts stand for themselves or are digests. */
export interface Content {
  readonly key: string;
  readonly headers: string;
  /** Undefined: not read, because it is large. */
  readonly payload: string | undefined;
}

/** A row of the outbox. */
export interface SentRow {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly source: string;
  readonly content: Content;
  /** Known to be published before the topics were read. */
  readonly isPublished: boolean;
}

/** A record of the service in a topic. */
export interface FoundRecord {
  readonly id: string;
  readonly type: string;
  readonly place: Place;
  readonly source: string;
  readonly content: Content;
  /** Of an event. */
  readonly sequence?: number | undefined;
  /** Of a reply: the saga and its step, and what the reply says. */
  readonly answers?: { readonly step: string; readonly answer: string } | undefined;
}

export interface SentComparison {
  readonly problems: readonly MessageProblem[];
  /** Rows without a record that are not known to be published. */
  readonly waiting: number;
  /** Messages with more than one record: they were published again after a crash, and their consumers recognise them. */
  readonly repeated: number;
  /** Records without a row. */
  readonly strangers: readonly FoundRecord[];
}

/**
 * Compares an outbox with the records of its service, which are in order within a partition. `isComplete`: the records include
 * the first event of every aggregate.
 */
export function compareSent(rows: readonly SentRow[], records: readonly FoundRecord[], isComplete: boolean): SentComparison {
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  // A record without a row is foreign, and proves nothing about the others.
  const own = records.filter(({ id }) => rowOf.has(id));
  const byId = Map.groupBy(own, ({ id }) => id);
  const absent = rows.filter(({ id }) => !byId.has(id));
  const lost = absent.filter(({ isPublished }) => isPublished);
  const firsts = [...byId.values()].map(([first]) => first as FoundRecord);
  return {
    problems: [
      ...lost.map(({ id, type, topic }) => problem('lost', id, `${type} is known to be published, but is not in ${topic}`)),
      ...own.flatMap((record) => changed(rowOf.get(record.id), record)),
      ...outOfOrder(firsts, rowOf),
      ...gaps(firsts, isComplete),
      ...contradictions(own),
    ],
    waiting: absent.length - lost.length,
    repeated: [...byId.values()].filter(({ length }) => length > 1).length,
    strangers: records.filter(({ id }) => !rowOf.has(id)),
  };
}

const problem = (kind: MessageProblem['kind'], id: string, what: string, place?: Place): MessageProblem => ({ kind, id, what, place });

function changed(row: SentRow | undefined, { id, type, place, content }: FoundRecord): MessageProblem[] {
  if (!row) return [];
  const parts = (['key', 'headers', 'payload'] as const).filter((part) => content[part] !== undefined);
  const wrong: string[] = parts.filter((part) => row.content[part] !== content[part]);
  if (row.topic !== place.topic) wrong.push('topic');
  return wrong.length === 0 ? [] : [problem('changed', id, `${type} was published with different content: ${wrong.join(', ')}`, place)];
}

/**
 * Messages of one key reach the broker in commit order. The position follows commit order where one lock orders the
 * transactions, as for messages of one source (an aggregate, a saga; for replies, of one saga).
 */
function outOfOrder(firsts: readonly FoundRecord[], rowOf: ReadonlyMap<string, SentRow>): MessageProblem[] {
  const last = new Map<string, SentRow>();
  return firsts.flatMap(({ id, place, source, content }) => {
    const row = rowOf.get(id);
    if (!row) return [];
    const line = [place.topic, content.key, source].join(' ');
    const before = last.get(line);
    last.set(line, row);
    if (!before || before.position < row.position) return [];
    const what = `${row.type} (${row.position}) of ${source} was published after ${before.type} (${before.position})`;
    return [problem('out-of-order', id, what, place)];
  });
}

/** The events of one aggregate are numbered from 1 without gaps. */
function gaps(firsts: readonly FoundRecord[], isComplete: boolean): MessageProblem[] {
  const last = new Map<string, number>();
  return firsts.flatMap(({ source, sequence, place }) => {
    if (sequence === undefined) return [];
    const before = last.get(source) ?? (isComplete ? 0 : sequence - 1);
    last.set(source, sequence);
    return sequence === before + 1 ? [] : [problem('gap', source, `event ${sequence} comes after event ${before}`, place)];
  });
}

/** A step of a saga has one reply, however often its command is sent. */
function contradictions(records: readonly FoundRecord[]): MessageProblem[] {
  const replies = records.flatMap(({ answers, place }) => (answers ? [{ ...answers, place }] : []));
  return [...Map.groupBy(replies, ({ step }) => step)].flatMap(([step, all]) => {
    const answers = new Set(all.map(({ answer }) => answer));
    return answers.size === 1 ? [] : [problem('answers', step, `has ${answers.size} different replies`, all.at(-1)?.place)];
  });
}
