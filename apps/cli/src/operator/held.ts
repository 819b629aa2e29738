import { type HeldFilter, type HeldMessage, type HeldMessageWithPayload, HeldReader } from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import type { ObservedSystem } from './observed-system.js';
import type { ServiceAddress } from './target.js';

/** A held message and who holds it. */
export type Held<Message extends HeldMessage = HeldMessage> = Message & {
  readonly service: string;
  /** By which `held show` finds it. */
  readonly ref: string;
};

export interface HeldList {
  readonly messages: readonly Held[];
  /** Whose databases did not answer. */
  readonly unknown: readonly string[];
}

/** What the services hold, oldest first within each. */
export async function heldMessages(
  system: ObservedSystem,
  services: readonly ServiceAddress[],
  filter: HeldFilter = {},
): Promise<HeldList> {
  const asked = await Promise.all(
    services.map(async (service) => {
      const { value = [], unknown } = await system.ask(service, (transactions) => new HeldReader(transactions).list(filter));
      return { messages: value.map((message) => heldBy(service.name, message)), unknown };
    }),
  );
  return {
    messages: asked.flatMap(({ messages }) => messages),
    unknown: asked.flatMap(({ unknown }) => unknown ?? []),
  };
}

/** A held message by what `held list` calls it, `kitchen-service/3`. */
export async function heldMessage(system: ObservedSystem, ref: string): Promise<Held<HeldMessageWithPayload>> {
  const [name = '', id = '', ...rest] = ref.split('/');
  if (!/^\d+$/.test(id) || rest.length > 0) {
    throw new UserError(`${ref} is no id of a held message: it is SERVICE/NUMBER as held list shows it, kitchen-service/3 for one`);
  }
  const found = await system.demand(system.owner(name), (transactions) => new HeldReader(transactions).find(id));
  if (!found) throw new UserError(`${name} holds no message ${id}: see npm run ftgo -- held list --service ${name}`);
  return heldBy(name, found);
}

const heldBy = <Message extends HeldMessage>(service: string, message: Message): Held<Message> => ({
  ...message,
  service,
  ref: `${service}/${message.id}`,
});
