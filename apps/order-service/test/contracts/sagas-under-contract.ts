import { type CommandExample, commandExamples, type Ids } from '@ftgo/contracts/examples';
import { SagaOperations } from '@ftgo/sagas';
import { eventually } from '@ftgo/testing';
import { declaredCommands, jsonOf, repliesOf, replyRecord, type SentMessage, type ServiceUnderContract } from '@ftgo/testing/contracts';
import { expect } from 'vitest';

export type OrderIds = { readonly order: number; readonly consumer: number; readonly restaurant: number; readonly sequence: number };

/** The participants of the sagas, played by the examples of what the sagas ask them for. */
export class Participants {
  constructor(private readonly orders: ServiceUnderContract) {}

  readonly examples = commandExamples.filter(({ consumer }) => consumer === 'order-service');

  example(name: string): CommandExample {
    const found = this.examples.find(({ type }) => type.endsWith(`.${name}`));
    if (!found) throw new Error(`there is no example of ${name}`);
    return found;
  }

  refusal(name: string): CommandExample {
    const found = this.examples.find(({ type, outcome }) => type.endsWith(`.${name}`) && outcome && 'refusal' in outcome);
    if (!found) throw new Error(`there is no example of a refused ${name}`);
    return found;
  }

  /** The saga sends the command, and it is that of the example. */
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
    // A step is sent once; of notifications the last one counts, which may be still to come.
    return saga ? received() : eventually(received, { timeoutMs: 10_000 });
  }

  async answer(example: CommandExample, ids: Ids): Promise<void> {
    const { id, saga_id: sagaId } = await this.receive(example, ids);
    await this.orders.send(replyRecord(example, ids, { id, sagaId: String(sagaId) }));
  }

  async answerAll(names: readonly string[], ids: Ids): Promise<void> {
    for (const name of names) await this.answer(this.example(name), ids);
  }

  /** Nobody knows whether the command was carried out: the saga is led back. */
  async doubt(example: CommandExample, ids: Ids): Promise<void> {
    const { saga_id: sagaId } = await this.receive(example, ids);
    await this.orders.app.get(SagaOperations).compensate(String(sagaId), { by: 'test', reason: 'no answer' });
  }

  becomes({ order }: Ids, expected: object): Promise<void> {
    return eventually(async () => expect(await this.orders.get(`/orders/${order}`)).toMatchObject(expected));
  }
}
