import type { OperatorAction, OutboxState, SkippedMessage, WaitingMessage } from '@ftgo/messaging/operations';
import { type SagaHistoryRow, type SagaSummary, sagaHeader } from '@ftgo/sagas/operations';
import type { DeadLetterList, DeadLetterView, StoredDeadLetter } from './dead-letters.js';
import type { Diagnosis } from './diagnosis.js';
import type { Part } from './observed-system.js';
import type { OrderPart, OrderPicture } from './order-picture.js';
import { type RelayLine, type ServiceOutbox, skipOf } from './relays.js';
import type { ReplicasOf } from './replicas.js';
import { orderOf, type SagaView, shortType } from './sagas.js';
import { brief, command, countOf, fields, moment, since, span, table } from './words.js';

/** What `order show` prints. */
export function orderScreen(picture: OrderPicture, { sentence, next }: Diagnosis): string {
  const { deadLetters, deadLettersUnknown, at, sagas, timeline } = picture;
  const parts = [
    orderFields(picture),
    ...(sagas.value ?? []).map((saga) => sagaScreen(saga, at)),
    titled('timeline', timeline.value ? timelineTable(timeline.value) : `unknown: ${timeline.unknown}`),
    titled('dead letters', [deadLetterTable(deadLetters, at), ...deadLettersUnknown.map((reason) => `unknown: ${reason}`)].join('\n')),
    fields([['why', sentence], ...optional('next', next)]),
  ];
  return parts.join('\n\n');
}

function orderFields({ orderId, order, ticket, delivery, authorization, traceId }: OrderPicture): string {
  const { state, orderTotal, consumerId, restaurantId, rejection, lastRefusal } = order.value ?? {};
  const rejected = rejection ?? lastRefusal;
  return fields([
    ['order', `${orderId}  ${order.value ? `${state}  ${orderTotal}  consumer ${consumerId}  restaurant ${restaurantId}` : textOf(order)}`],
    ...optional('rejected', rejected && `${rejected.code}: ${rejected.detail}`),
    ['ticket', textOf(ticket)],
    ['delivery', textOf(delivery)],
    ['authorisation', textOf(authorization)],
    ['trace', traceId ?? 'unknown'],
  ]);
}

const textOf = (part: Part<OrderPart | string | undefined>): string =>
  part.unknown === undefined ? ((typeof part.value === 'object' ? part.value.state : part.value) ?? 'none') : `unknown: ${part.unknown}`;

/** A saga with its history. */
export function sagaScreen(saga: SagaView, now: Date): string {
  const { awaits, dueAt, problem, refusal, endedAt } = saga;
  const deadline = (due: Date) => {
    const left = due.getTime() - now.getTime();
    return `${moment(due)} (${left > 0 ? `in ${span(left)} at the earliest` : `${span(-left)} ago`})`;
  };
  const waitsFor = awaits && `the reply of ${awaits.from} to ${awaits.command}${awaits.isPublished ? '' : ', not published yet'}`;
  return [
    fields([
      ['saga', `${saga.saga}, version ${saga.version}, in ${saga.service}`],
      ['id', saga.id],
      ['correlation', saga.correlationId],
      ['status', `${saga.status}${saga.alarmed && !endedAt ? ', overdue' : ''}`],
      ['step', endedAt ? `${saga.step}, ended ${since(endedAt, now)}` : `${saga.step}, since ${since(saga.stepSince, now)}`],
      ...optional('waits for', waitsFor),
      ...optional('deadline', dueAt && deadline(dueAt)),
      ...optional('problem', problem && brief(problem, 300)),
      ...optional('rejected', refusal && `${refusal.code}: ${refusal.detail}`),
      ...optional('next', nextForSaga(saga)),
    ]),
    historyTable(saga.history),
  ].join('\n');
}

function nextForSaga({ id, status, alarmed, endedAt, awaits }: SagaView): string | undefined {
  if (status === 'STUCK') return `once the cause is fixed: ${command(`saga retry ${id} --reason '…'`)}`;
  return alarmed && !endedAt && awaits ? command(`dead-letters list --service ${awaits.from}`) : undefined;
}

const historyTable = (history: readonly SagaHistoryRow[]): string =>
  table(
    ['time', 'event', 'step', 'took', 'detail'],
    history.map(({ at, event, step, durationMs, detail = '', operator }) => [
      moment(at),
      event,
      step,
      durationMs === undefined ? '' : `${durationMs} ms`,
      brief(operator ? `${operator}: ${detail}` : detail, 60),
    ]),
    'no history',
  );

const timelineTable = (lines: NonNullable<OrderPicture['timeline']['value']>): string =>
  table(
    ['n', 'event', 'time', 'source'],
    lines.map(({ n, event, at, source }) => [n, event, moment(at), source]),
    'no events',
  );

/** What `saga list` prints. */
export const sagaTable = (sagas: readonly SagaSummary[], now: Date): string =>
  table(
    ['id', 'type', 'order', 'status', 'step', 'since', 'problem'],
    sagas.map(({ id, saga, state, status, alarmed, endedAt, step, stepSince, problem = '' }) => [
      id,
      saga,
      String(orderOf(state) ?? ''),
      alarmed && !endedAt ? `${status}, overdue` : status,
      step,
      since(endedAt ?? stepSince, now),
      brief(problem, 60),
    ]),
    'no sagas',
  );

/** What `dead-letters list` prints. */
export const deadLetterTable = (messages: readonly StoredDeadLetter[], now: Date): string =>
  table(
    ['id', 'status', 'type', 'channel', 'since', 'attempts', 'error'],
    messages.map(({ ref, status, type, topic, storedAt, attempts, error = '' }) => [
      ref,
      status,
      type ? shortType(type) : '?',
      topic,
      `${span(now.getTime() - storedAt.getTime())} ago`,
      attempts,
      brief(error, 60),
    ]),
    'none',
  );

export const deadLetterListScreen = ({ messages, unknown }: DeadLetterList, now: Date): string =>
  [deadLetterTable(messages, now), ...unknown.map((reason) => `unknown: ${reason}`)].join('\n');

/** What `dead-letters show` prints; the payload only on request. */
export function deadLetterScreen(message: DeadLetterView, now: Date, showsPayload: boolean): string {
  const { ref, status, group, messageId, type, topic, partition, position, key, handler, error, attempts, storedAt, payload } = message;
  return fields([
    ['id', ref],
    ['status', status],
    ['message', `${messageId}  ${type ?? 'without a type'}`],
    ['position', `${topic}, partition ${partition}, position ${position}, consumer ${group}`],
    ...optional('key', key),
    ...optional('saga', sagaOf(message.extensions)),
    ...optional('correlation', message.correlationId),
    ...optional('trace', message.traceparent?.split('-')[1]),
    ...optional('handler', handler),
    ['stored', `${since(storedAt, now)}, after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`],
    ...optional('due', message.dueAt && moment(message.dueAt)),
    ['error', error ?? (status === 'parked' ? 'none: it waits for an earlier event with its key' : 'none recorded')],
    ...message.actions.map((action) => ['action', actionLine(action, now)] as const),
    ['payload', showsPayload ? payload.toString() : `${payload.length} bytes; use --payload to show them`],
    ...optional('next', nextForDeadLetter(message)),
  ]);
}

function nextForDeadLetter({ ref, service, status }: DeadLetterView): string | undefined {
  if (status === 'dead') return `once the cause is fixed: ${command(`dead-letters redrive ${ref} --reason '…'`)}`;
  return status === 'parked'
    ? `redrive or discard the one that it waits for: ${command(`dead-letters list --service ${service}`)}`
    : undefined;
}

const actionLine = ({ action, actor, isVerified, at, reason }: OperatorAction, now: Date): string =>
  `${action}, ${since(at, now)}, by ${actor}${isVerified ? '' : ' (unverified)'}${reason ? `: ${reason}` : ''}`;

/** What `relay status` prints. */
export const relayScreen = (lines: readonly RelayLine[]): string =>
  [
    relayTable(lines),
    ...lines.filter(({ reason = '' }) => reason.length > longestReason).map(({ database, reason }) => `${database}: ${reason}`),
    ...lines.flatMap((line) => skipOf(line) ?? []).map((skip) => `next  if no service needs the message: ${skip}`),
  ].join('\n');

/** A longer one is cut off in the table. */
const longestReason = 80;

export const relayTable = (lines: readonly RelayLine[]): string =>
  table(
    ['database', 'state', 'relay', 'checkpoint', 'backlog', 'log', 'reason'],
    lines.map(({ database, state, relay, checkpointAgeSeconds, unpublished, lagBytes, reason = '' }) => [
      database,
      state,
      relay ?? 'does not respond',
      checkpointAgeSeconds === undefined ? '' : `${span(checkpointAgeSeconds * 1_000)} ago`,
      unpublished === undefined ? '' : countOf(unpublished),
      lagBytes === undefined ? '' : `${Math.ceil(lagBytes / 1_024)} kB`,
      brief(reason, longestReason),
    ]),
    'no service has a database',
  );

/** What `outbox` prints. */
export function outboxScreen(outboxes: readonly ServiceOutbox[], now: Date): string {
  const lines = outboxes.map(({ service, value, unknown }) =>
    value ? [service, value.state, backlogOf(value), checkpointOf(value), ''] : [service, 'unknown', '', '', brief(unknown ?? '', 80)],
  );
  const waiting = outboxes.flatMap(({ service, value }) => (value?.waiting ?? []).map((message) => ({ service, ...message })));
  const skipped = outboxes.flatMap(({ service, value }) => (value?.skipped ?? []).map((message) => ({ service, ...message })));
  return [
    table(['service', 'state', 'backlog', 'checkpoint', 'reason'], lines, 'no service has an outbox'),
    titled('waiting', waitingTable(waiting, now)),
    titled('not published', skippedTable(skipped, now)),
  ].join('\n\n');
}

const checkpointOf = ({ checkpointAgeSeconds: age }: OutboxState): string => (age === undefined ? '' : `${span(age * 1_000)} ago`);

const backlogOf = ({ unpublished, oldestAgeSeconds: age }: OutboxState): string =>
  unpublished === undefined ? '' : `${countOf(unpublished)}${age === undefined ? '' : `, the oldest waiting for ${span(age * 1_000)}`}`;

const waitingTable = (messages: ReadonlyArray<WaitingMessage & { readonly service: string }>, now: Date): string =>
  table(
    ['service', 'message', 'type', 'channel', 'key', 'bytes', 'since'],
    messages.map(({ service, id, type, topic, key, payloadBytes, writtenAt }) => [
      service,
      id,
      shortType(type),
      topic,
      brief(key, 20),
      payloadBytes,
      since(writtenAt, now),
    ]),
    'none',
  );

const skippedTable = (messages: ReadonlyArray<SkippedMessage & { readonly service: string }>, now: Date): string =>
  table(
    ['service', 'message', 'channel', 'by', 'since', 'reason'],
    messages.map(({ service, id, topic = '', by, at, reason }) => [service, id, topic, by, since(at, now), brief(reason, 80)]),
    'none',
  );

/** What `replica list` prints. */
export const replicaTable = (replicas: readonly ReplicasOf[], now: Date): string =>
  table(
    ['service', 'replica', 'state', 'gaps', 'rebuilt', 'last action'],
    replicas.flatMap(({ service, value, unknown = '' }) =>
      value
        ? value.map(({ name, state, gaps, rebuiltAt, actions: [last] }) => [
            service,
            name,
            state,
            gaps,
            rebuiltAt ? since(rebuiltAt, now) : '',
            last ? brief(actionLine(last, now), 100) : '',
          ])
        : [[service, '', 'unknown', '', '', brief(unknown, 80)]],
    ),
    'no service has replicas',
  );

const titled = (title: string, text: string): string => `${title}\n${text}`;

const optional = (name: string, value: string | undefined): Array<readonly [string, string]> => (value ? [[name, value]] : []);

const sagaOf = (extensions: Readonly<Record<string, string>>): string | undefined =>
  extensions[sagaHeader.id] && `${extensions[sagaHeader.id]}, step ${extensions[sagaHeader.step] ?? '?'}`;
