import type { z } from 'zod';
import type { AboutMessages, openDeadLetters } from '../facts.js';
import type { Finding, Invariant } from '../finding.js';

const invariantOf: Readonly<Record<AboutMessages['problems'][number]['kind'], Invariant>> = {
  lost: 'outboxes are published',
  foreign: 'outboxes are published',
  changed: 'outboxes are published',
  'out-of-order': 'messages are in order',
  gap: 'messages are in order',
  unhandled: 'messages are handled',
  answers: 'messages are handled',
};

/** The problems that a service reports of its messages. */
export const messageFindings = (service: string, { problems }: AboutMessages): Finding[] =>
  problems.map(({ kind, id, what, place }) => ({
    invariant: invariantOf[kind],
    about: `${service}, ${id}`,
    what,
    isProved: kind !== 'unhandled',
    see: kind === 'unhandled' ? `logs ${service}` : 'relay status',
    place,
  }));

type OpenDeadLetters = z.infer<typeof openDeadLetters>['deadLetters'];

/** Dead letters and those parked behind them; deferred commands are in flight. */
export const deadLetterFindings = (service: string, letters: OpenDeadLetters): Finding[] =>
  letters
    .filter(({ status }) => status !== 'deferred')
    .map(({ id, status, topic, partition, position, key, error }) => ({
      invariant: 'nothing is dead-lettered',
      about: `dead letter ${service}/${id}`,
      what: `is ${status}: ${topic}, partition ${partition}, position ${position}${key ? `, key ${key}` : ''}${error ? `: ${error}` : ''}`,
      see: `dead-letters show ${service}/${id}`,
      isProved: true,
      place: { topic, partition, position },
    }));

export const deferredCount = (letters: OpenDeadLetters): number => letters.filter(({ status }) => status === 'deferred').length;
