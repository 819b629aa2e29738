import type { AsyncApi } from '../async-api.js';
import { breaksIn, type Difference } from './schemas.js';

/** What breaks the senders and receivers that were written for the released document, and the messages that are kept. */
export function breaksInAsyncApi(released: AsyncApi, current: AsyncApi): Difference[] {
  return [...removedChannels(released, current), ...removedOperations(released, current), ...changedMessages(released, current)];
}

function removedChannels(released: AsyncApi, current: AsyncApi): Difference[] {
  return Object.entries(released.channels).flatMap(([name, { address, messages }]) => {
    const now = current.channels[name];
    if (!now) return [{ at: name, problem: 'the channel was removed' }];
    const moved = now.address === address ? [] : [{ at: name, problem: `the address is now ${now.address}` }];
    const lost = Object.keys(messages).filter((type) => !(type in now.messages));
    return [...moved, ...lost.map((type) => ({ at: `${name} ${type}`, problem: 'the message was removed from the channel' }))];
  });
}

/** A service may stop receiving an event: no publisher notices. */
function removedOperations(released: AsyncApi, current: AsyncApi): Difference[] {
  return Object.entries(released.operations).flatMap(([name, { action, messages, reply }]) => {
    if (action === 'receive' && name.endsWith('.events')) return [];
    const now = current.operations[name];
    if (!now) return [{ at: name, problem: 'the operation was removed' }];
    const kept = new Set(now.messages.map(({ $ref }) => $ref));
    const lost = messages.filter(({ $ref }) => !kept.has($ref)).map(({ $ref }) => $ref.split('/').at(-1));
    return [
      ...lost.map((type) => ({ at: name, problem: `${type} is no longer ${action === 'send' ? 'sent' : 'received'}` })),
      ...(reply && !now.reply ? [{ at: name, problem: 'the reply was removed' }] : []),
    ];
  });
}

function changedMessages(released: AsyncApi, current: AsyncApi): Difference[] {
  return Object.entries(released.components.messages).flatMap(([name, message]) => {
    const now = current.components.messages[name];
    if (!now) return []; // reported for its channel
    const codes = message['x-failure-codes'] ?? [];
    const added = (now['x-failure-codes'] ?? []).filter((code) => !codes.includes(code));
    const compare = (part: 'headers' | 'payload') =>
      breaksIn({ document: released, schema: message[part] }, { document: current, schema: now[part] }, 'any', `${name} ${part} `);
    return [
      ...added.map((code) => ({ at: name, problem: `the failure code ${code} was added; the senders of the command do not know it` })),
      ...compare('headers'),
      ...compare('payload'),
    ];
  });
}
