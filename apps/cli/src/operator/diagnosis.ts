import { mostCounted } from '@ftgo/messaging/operations';
import type { StoredDeadLetter } from './dead-letters.js';
import type { Health } from './observed-system.js';
import type { OrderPicture } from './order-picture.js';
import type { RelayLine } from './relays.js';
import { type SagaView, shortType } from './sagas.js';
import { brief, span } from './words.js';

/** Why an order does not go on, and what to type next. */
export interface Diagnosis {
  readonly sentence: string;
  /** Undefined when nothing is to be done. */
  readonly next: string | undefined;
}

interface Cause {
  readonly says: string;
  readonly next: string;
}

/** One plain sentence out of everything that is known; the causes that others follow from come first. */
export function whyStuck(picture: OrderPicture): Diagnosis {
  if (picture.sagas.unknown !== undefined) return { sentence: `${capital(picture.sagas.unknown)}.`, next: 'npm run ftgo -- ps' };
  const saga = picture.sagas.value.findLast(({ endedAt }) => !endedAt);
  const causes = [...processCauses(picture, saga), ...deadLetterCauses(picture), ...(saga ? relayCauses(picture, saga) : [])];
  const why = causes.map(({ says }) => says).join('; ');
  const next = causes[0]?.next;
  if (!saga) return withoutSaga(picture, why, next);
  return {
    sentence: `${whereItIs(saga, picture.at)}${why ? `: ${why}` : ''}.`,
    next: next ?? nextFor(picture, saga),
  };
}

function withoutSaga({ order, ticket, delivery }: OrderPicture, why: string, next: string | undefined): Diagnosis {
  const state = order.value?.state ?? 'not known';
  const rest = [ticket.value && `its ticket ${ticket.value}`, delivery.value && `its delivery ${delivery.value}`].filter(Boolean);
  const where = [`the order is ${state}`, ...rest].join(', ');
  return why
    ? { sentence: `No saga of it is open (${where}), but ${why}.`, next }
    : { sentence: `It is not stuck: ${where}.`, next: undefined };
}

function whereItIs(saga: SagaView, now: Date): string {
  const { status, step, awaits, problem, alarmed } = saga;
  const name = `The saga ${saga.saga}`;
  const time = span(now.getTime() - saga.stepSince.getTime());
  const waiting = awaits
    ? `waiting for the reply of ${awaits.from} to ${awaits.command} (step ${step}) for ${time}`
    : `at its step ${step} for ${time}`;
  const trouble = problem ? `, with the problem: ${brief(problem, 300)}` : '';
  if (status === 'STUCK') return `${name} is stuck, ${waiting}${trouble}`;
  const way = status === 'COMPENSATING' ? 'goes back, ' : 'is ';
  return `${name} ${way}${waiting}${alarmed ? ', past its deadline' : ''}${trouble}`;
}

/** Who must run for the order to go on: who owns the saga, who has to answer, and who holds a message of it. */
function processCauses({ health, deadLetters, isOurs }: OrderPicture, saga: SagaView | undefined): Cause[] {
  const needed = new Set([saga?.service, saga?.awaits?.from, ...deadLetters.map(({ service }) => service), saga && 'outbox-relay']);
  return health.flatMap((process) => (needed.has(process.name) && process.state !== 'ready' ? [processCause(process, isOurs)] : []));
}

function processCause({ name, state, reason }: Health, isOurs: boolean): Cause {
  if (state !== 'down') return { says: `process ${name} is ${state}: ${brief(reason ?? '', 200)}`, next: logsOf(name, isOurs) };
  return { says: `process ${name} is down`, next: isOurs ? `npm run ftgo -- start ${name}` : elsewhere('start', name) };
}

function deadLetterCauses({ deadLetters }: OrderPicture): Cause[] {
  return deadLetters.map((message) => ({ says: deadLetterSentence(message), next: `npm run ftgo -- dead-letters show ${message.ref}` }));
}

function deadLetterSentence({ status, service, type, topic, error }: StoredDeadLetter): string {
  const what = type ? `${shortType(type)} on ${topic}` : `a message on ${topic}`;
  const verb = status === 'deferred' ? 'deferred' : 'dead-lettered';
  return `${service} ${verb} ${what}: ${brief(error ?? 'it does not say why', 200)}`;
}

/** A command waits in the outbox of the saga's owner, an answer in that of the participant. */
function relayCauses({ relays, isOurs }: OrderPicture, saga: SagaView): Cause[] {
  const onTheWay = [saga.service, saga.awaits?.from].flatMap((name) => relays.filter(({ service }) => service === name));
  return onTheWay.flatMap((line) => {
    const says = relaySentence(line);
    if (!says) return [];
    return [{ says, next: line.state === 'behind' || !isOurs ? 'npm run ftgo -- relay status' : logsOf('outbox-relay', isOurs) }];
  });
}

function relaySentence({ state, database, relay, unpublished, reason }: RelayLine): string | undefined {
  if (unpublished === 0) return undefined; // nothing waits there
  // What is told without the relay only says that it does not answer: that was said.
  const because = relay && reason ? ` (${brief(reason, 200)})` : '';
  if (state === 'behind') return `the relay of ${database} is ${countOf(unpublished)} behind${because}`;
  if (state === 'nobody reads')
    return `no relay reads ${database}${unpublished ? `, where ${countOf(unpublished)} ${unpublished === 1 ? 'waits' : 'wait'}` : ''}${because}`;
  if (state === 'never read') return `no relay has ever read ${database}${because}`;
  return state === 'unknown' ? reason : undefined;
}

function countOf(unpublished: number | undefined): string {
  if (unpublished === undefined) return 'an unknown number of messages';
  if (unpublished >= mostCounted) return `${mostCounted} messages or more`;
  return unpublished === 1 ? '1 message' : `${unpublished} messages`;
}

/** Everything seems to run: the logs of whoever is to answer, by the trace. */
function nextFor({ isOurs, traceId }: OrderPicture, { awaits, service, id, status }: SagaView): string {
  const logs = logsOf(awaits?.from ?? service, isOurs);
  if (traceId) return `${logs} | grep ${traceId}`;
  return status === 'STUCK' ? `npm run ftgo -- saga show ${id}` : logs;
}

const logsOf = (name: string, isOurs: boolean): string => (isOurs ? `npm run ftgo -- logs ${name} -n 5000` : elsewhere('logs', name));

/** As docs/runbooks has it: who runs the containers is not known. */
const elsewhere = (what: 'start' | 'logs', name: string): string =>
  what === 'start'
    ? `docker-compose start ${name}   # on a cluster: kubectl -n ftgo rollout restart deployment/${name}`
    : `docker-compose logs --no-color ${name}   # on a cluster: kubectl -n ftgo logs deployment/${name}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
