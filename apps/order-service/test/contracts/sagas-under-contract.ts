import { type CommandExample, commandExamples, type Ids } from '@ftgo/contracts/examples';
import { SagaOperations } from '@ftgo/sagas';
import { eventually } from '@ftgo/testing';
import { declaredCommands, jsonOf, repliesOf, replyRecord, type SentMessage, type ServiceUnderContract } from '@ftgo/testing/contracts';
import { expect } from 'vitest';

export type OrderIds = { readonly order: number; readonly consumer: number; readonly restaurant: number; readonly sequence: number };

/** The participants of the sagas, played by the contract examples of their commands. */
export class Participants {
  constructor(private readonly orders: ServiceUnderContract) {}

  readonly examples = commandExamples.filter(({ consumer }) => consumer === 'order-service');

  example(name: string): CommandExample {
    const found = this.examples.find(({ type }) => type.endsWith(`.${name}`));
    if (!found) throw new Error(`no example of ${name}`);
    return found;
  }

  refusal(name: string): CommandExample {
    const found = this.examples.find(({ type, outcome }) => type.endsWith(`.${name}`) && outcome && 'refusal' in outcome);
    if (!found) throw new Error(`no example of a rejected ${name}`);
    return found;
  }

  /** Expects the saga to send the command of the example. */
  receive(example: CommandExample, ids: Ids): Promise<SentMessage> {
    const { type, saga } = example;
    const declared = declaredCommands.get(type);
    if (!declared) throw new Error(`${type} is not declared in libs/contracts`);
    const key = String(example.key(ids));
    const where = 'type = $1 AND partition_key = $2 AND saga_step IS NOT DISTINCT FROM $3';
    const received = async (): Promise<SentMessage> => {
      const sent = await this.orders.sent(where, [type, key, saga?.step ?? null]);
      expect(sent).toMatchObject({ topic: example.topic, subject: key, reply_to: saga ? repliesOf(saga.name) : null });
      expect(jsonOf(declared.payload, sent.payload, sent.content_type)).toEqual(example.payload(ids));
      return sent;
    };
    // A step sends its command once; of notifications only the last counts, and it may still be to come.
    return saga ? received() : eventually(received, { timeoutMs: 60_000 });
  }

  async answer(example: CommandExample, ids: Ids): Promise<void> {
    const { id, saga_id: sagaId } = await this.receive(example, ids);
    await this.orders.send(replyRecord(example, ids, { id, sagaId: String(sagaId) }));
  }

  async answerAll(names: readonly string[], ids: Ids): Promise<void> {
    for (const name of names) await this.answer(this.example(name), ids);
  }

  /** It is unknown whether the command was carried out: compensate the saga. */
  async doubt(example: CommandExample, ids: Ids): Promise<void> {
    const { saga_id: sagaId } = await this.receive(example, ids);
    await this.orders.app.get(SagaOperations).compensate(String(sagaId), { by: 'test', reason: 'no answer' });
  }

  becomes({ order }: Ids, expected: object): Promise<void> {
    return eventually(async () => expect(await this.orders.get(`/orders/${order}`)).toMatchObject(expected));
  }
}
