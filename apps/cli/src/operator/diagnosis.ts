import type { StoredDeadLetter } from './dead-letters.js';
import type { Health, Part } from './observed-system.js';
import type { OrderPicture } from './order-picture.js';
import { type RelayLine, skipOf } from './relays.js';
import { type SagaView, shortType } from './sagas.js';
import { afterTheFix, brief, command, countOf, logsOf, signIn, span, startOf } from './words.js';

/** Why an order makes no progress, and the command to run next. */
export interface Diagnosis {
  readonly sentence: string;
  /** Undefined if there is nothing to do. */
  readonly next: string | undefined;
}

interface Cause {
  readonly text: string;
  readonly next: string;
}

/** Condenses everything known into one sentence; root causes come first. */
export function diagnose(picture: OrderPicture): Diagnosis {
  if (picture.sagas.unknown !== undefined) return withoutDatabase(picture, picture.sagas.unknown);
  const saga = picture.sagas.value.findLast(({ endedAt }) => !endedAt);
  const causes = [...processCauses(picture, saga), ...deadLetterCauses(picture), ...(saga ? relayCauses(picture, saga) : [])];
  const why = causes.map(({ text }) => text).join('; ');
  const next = causes[0]?.next;
  if (!saga) return withoutSaga(picture, why, next);
  return {
    sentence: `${whereItIs(saga, picture.at)}${why ? `: ${why}` : ''}.`,
    next: next ?? nextFor(picture, saga),
  };
}

function withoutDatabase(picture: OrderPicture, reason: string): Diagnosis {
  const [cause] = processCauses(picture, undefined);
  return { sentence: `${[capital(reason), cause?.text].filter(Boolean).join(': ')}.`, next: cause?.next ?? command('ps') };
}

function withoutSaga(picture: OrderPicture, why: string, next: string | undefined): Diagnosis {
  const { order, ticket, delivery } = picture;
  if (!order.value) return withoutState(picture, why, next);
  const rest = [...stateOf('ticket', ticket), ...stateOf('delivery', delivery)];
  const where = [`the order is ${order.value.state}`, ...rest].join(', ');
  return why ? { sentence: `No saga is in progress (${where}), but ${why}.`, next } : { sentence: `Not stuck: ${where}.`, next: undefined };
}

function stateOf(name: string, { value, unknown }: Part<string | undefined>): string[] {
  const state = unknown === undefined ? value : 'unknown';
  return state ? [`its ${name} ${state}`] : [];
}

/** Only the state of the order shows whether it needs anything more. */
function withoutState({ order, isOurs }: OrderPicture, why: string, next: string | undefined): Diagnosis {
  const reason = order.unknown ?? 'order-service does not have the order';
  const causes = [reason, why].filter(Boolean).join('; ');
  return {
    sentence: `No saga is in progress, but the state of the order is unknown: ${causes}.`,
    next: reason.includes(signIn) ? signIn : (next ?? logsOf('order-service', isOurs)),
  };
}

function whereItIs(saga: SagaView, now: Date): string {
  const { status, step, awaits, problem, alarmed } = saga;
  const name = `Saga ${saga.saga}`;
  const time = span(now.getTime() - saga.stepSince.getTime());
  const waiting = awaits
    ? `waiting for the reply of ${awaits.from} to ${awaits.command} (step ${step}) for ${time}`
    : `at step ${step} for ${time}`;
  const problemText = problem ? `; problem: ${brief(problem, 300)}` : '';
  if (status === 'STUCK') return `${name} is stuck and has been ${waiting}${problemText}`;
  const way = status === 'COMPENSATING' ? 'is compensating and ' : '';
  return `${name} ${way}has been ${waiting}${alarmed ? ', past its deadline' : ''}${problemText}`;
}

/** Postgres and Kafka: services fail because of them, not the other way round. */
const backing = ['postgres', 'kafka'];

/**
 * The processes that the order needs: Postgres and Kafka, the owner of the saga, the service that has to reply, those with its
 * dead letters, and order-service if the order's state is unknown.
 */
function processCauses({ health, deadLetters, isOurs, order }: OrderPicture, saga: SagaView | undefined): Cause[] {
  const owners = deadLetters.map(({ service }) => service);
  const needed = new Set([
    ...backing,
    saga?.service,
    saga?.awaits?.from,
    ...owners,
    saga && 'outbox-relay',
    order.unknown && 'order-service',
  ]);
  const failing = health.filter(({ name, state }) => needed.has(name) && state !== 'ready');
  const causes = failing.map((process) => processCause(process, isOurs));
  return !isOurs && failing.some(lacksBroker) ? [unreachableBroker, ...causes] : causes;
}

/** The reasons are those of MessagingHealth: the broker failed, or was down when the service started. */
const lacksBroker = ({ reason = '' }: Health): boolean => /the broker is unreachable|consuming has not started/.test(reason);

const unreachableBroker: Cause = {
  text: 'the broker is unreachable',
  next: 'docker-compose ps kafka   # on a cluster: kubectl -n ftgo get pods -l app.kubernetes.io/name=kafka',
};

function processCause({ name, state, reason }: Health, isOurs: boolean): Cause {
  if (state === 'starting') return { text: `process ${name} is starting`, next: 'npm run ftgo -- ps' };
  if (state !== 'down') return { text: `process ${name} is ${state}: ${brief(reason ?? '', 200)}`, next: logsOf(name, isOurs) };
  return { text: `process ${name} is down`, next: startOf(name, isOurs) };
}

/** A parked event waits for a dead one of the same service, which is the cause. */
function deadLetterCauses({ deadLetters }: OrderPicture): Cause[] {
  const isBehind = ({ status, service }: StoredDeadLetter) =>
    status === 'parked' && deadLetters.some((other) => other.status === 'dead' && other.service === service);
  return deadLetters
    .filter((message) => !isBehind(message))
    .map((message) => ({ text: deadLetterSentence(message), next: nextForDeadLetter(message) }));
}

const nextForDeadLetter = ({ ref, status }: StoredDeadLetter): string =>
  `${command(`dead-letters show ${ref}`)}${status === 'dead' ? afterTheFix(`dead-letters redrive ${ref}`) : ''}`;

function deadLetterSentence({ status, service, type, topic, error }: StoredDeadLetter): string {
  const what = type ? `${shortType(type)} on ${topic}` : `a message on ${topic}`;
  const verb = status === 'dead' ? 'dead-lettered' : status;
  const why = error ?? (status === 'parked' ? 'it waits for an earlier event with its key' : 'no error recorded');
  return `${service} ${verb} ${what}: ${brief(why, 200)}`;
}

/** A command is published from the outbox of the saga's owner, a reply from that of the participant. */
function relayCauses({ relays, isOurs }: OrderPicture, saga: SagaView): Cause[] {
  const publishing = [saga.service, saga.awaits?.from].flatMap((name) => relays.filter(({ service }) => service === name));
  return publishing.flatMap((line) => {
    const text = relaySentence(line);
    if (!text) return [];
    return [{ text, next: nextForRelay(line, isOurs) }];
  });
}

function nextForRelay(line: RelayLine, isOurs: boolean): string {
  const skip = skipOf(line);
  const status = command('relay status');
  if (skip) return `${status}   # if no service needs the message any more: ${skip}`;
  return line.state === 'lagging' || !isOurs ? status : logsOf('outbox-relay', isOurs);
}

function relaySentence({ state, database, relay, unpublished, reason }: RelayLine): string | undefined {
  if (unpublished === 0) return undefined; // nothing to publish
  // Without a status of the relay, the reason is only that it does not respond, which processCauses reports.
  const because = relay && reason ? ` (${brief(reason, 200)})` : '';
  if (state === 'lagging') return `the relay of ${database} lags by ${countOf(unpublished)}${because}`;
  if (state === 'no relay') return `no relay reads ${database}${unpublished ? `, with ${countOf(unpublished)} unpublished` : ''}${because}`;
  if (state === 'never read') return `no relay has ever read ${database}${because}`;
  return state === 'unknown' ? reason : undefined;
}

/** No cause found: search the logs of the service that has to reply for the trace. */
function nextFor({ isOurs, traceId }: OrderPicture, { awaits, service, id, status }: SagaView): string {
  if (status === 'STUCK') return `${command(`saga show ${id}`)}${afterTheFix(`saga retry ${id}`)}`;
  const logs = logsOf(awaits?.from ?? service, isOurs);
  return traceId ? `${logs} | grep ${traceId}` : logs;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
