import type { Answer, CommandHandler, IncomingMessage } from '@ftgo/messaging';
import { awaited } from '../src/decide/decide.js';
import type { SagaInput } from '../src/decide/decision.js';
import { hasEnded, newInstance, type SagaInstance } from '../src/decide/instance.js';
import { defaultTiming } from '../src/decide/timing.js';
import { drive } from '../src/engine/drive.js';
import { type AnsweredStep, type Answers, answeringOnce, type SagaDefinition, withdrawnCode } from '../src/index.js';
import { refusalType } from './shop.js';

interface Message {
  readonly to: 'participant' | 'saga';
  readonly sagaId: string;
  readonly step: string;
  readonly command: string;
  readonly answer?: Answer;
}

/** Everything that commits together or not at all. */
interface Database {
  instance: SagaInstance<object>;
  timer: number | undefined;
  answers: Map<string, Answer | 'withdrawn'>;
  /** By step: how often it was executed, minus how often it was undone. */
  effects: Map<string, number>;
  /** Steps whose forward command was rejected or withdrawn. */
  locals: string[];
  outbox: Message[];
}

/** What the outside world does next; numbers select among the possible inputs. */
export type Turn =
  | { readonly kind: 'deliver'; readonly pick: number; readonly crash: boolean; readonly again: boolean; readonly refuse: boolean }
  | { readonly kind: 'time-up'; readonly crash: boolean }
  | { readonly kind: 'local-fails' };

class MemoryAnswers implements Answers {
  constructor(private readonly database: () => Database) {}

  async prepare(): Promise<void> {}

  async find({ sagaId, sagaStep }: AnsweredStep): Promise<Answer | 'withdrawn' | undefined> {
    return this.database().answers.get(`${sagaId} ${sagaStep}`);
  }

  keep({ sagaId, sagaStep }: AnsweredStep, answer: Answer | 'withdrawn'): void {
    this.database().answers.set(`${sagaId} ${sagaStep}`, answer);
  }

  mayHaveForgotten(): boolean {
    return false;
  }
}

const id = '00000000-0000-7000-8000-000000000001';

/**
 * A saga and its participants in memory, with the engine's own decisions and the participants' own middleware. The network
 * loses nothing but delivers everything in any order, late and twice, to processes that crash.
 */
export class Simulation<State extends object> {
  private database: Database;
  private readonly network: Message[] = [];
  private readonly participant;
  /** Failures happen only where the contract lists some; a step that was executed once is not rejected. */
  localFails = false;

  constructor(
    private readonly saga: SagaDefinition<State>,
    state: State,
  ) {
    const instance = newInstance(saga, id, state) as SagaInstance<object>;
    this.database = { instance, timer: undefined, answers: new Map(), effects: new Map(), locals: [], outbox: [] };
    this.participant = answeringOnce({ answers: new MemoryAnswers(() => this.database), refusal: refusalType });
  }

  get instance(): SagaInstance<object> {
    return this.database.instance;
  }

  effectOf(step: string): number {
    return this.database.effects.get(step) ?? 0;
  }

  get locals(): readonly string[] {
    return this.database.locals;
  }

  start(): Promise<void> {
    return this.transaction(false, () => this.move({ kind: 'begin' }));
  }

  async turn(turn: Turn): Promise<void> {
    if (turn.kind === 'local-fails') {
      this.localFails = true;
    } else if (turn.kind === 'time-up') {
      const { timer, instance } = this.database;
      if (timer !== undefined)
        await this.transaction(turn.crash, () => this.move({ kind: 'time-up', step: instance.step, afterMs: timer }));
    } else if (this.network.length > 0) {
      await this.deliver(turn);
    }
  }

  /** Finally everything is delivered, and time passes where nothing is. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 500; turns++) {
      this.localFails = false;
      if (this.network.length > 0) await this.turn({ kind: 'deliver', pick: 0, crash: false, again: false, refuse: false });
      else if (hasEnded(this.instance)) return;
      else await this.turn({ kind: 'time-up', crash: false });
    }
  }

  /** A message stays in the network while it may be delivered once more. */
  private async deliver({ pick, crash, again, refuse }: Extract<Turn, { kind: 'deliver' }>): Promise<void> {
    const at = pick % this.network.length;
    const message = this.network[at] as Message;
    await this.transaction(crash, () => (message.to === 'saga' ? this.replied(message) : this.commanded(message, refuse)));
    if (!crash && !again) this.network.splice(at, 1);
  }

  private async transaction(crash: boolean, work: () => Promise<void>): Promise<void> {
    const before = structuredCopy(this.database);
    await work();
    if (crash) this.database = before;
    this.network.push(...this.database.outbox.splice(0));
  }

  private async commanded(message: Message, refuse: boolean): Promise<void> {
    const { step, command } = message;
    const isUndo = step.endsWith(':undo');
    const type = this.typeOf(command);
    const handler: CommandHandler = { kind: 'command', type, name: command, handle: async () => ({}) };
    const extensions = { ce_sagaid: message.sagaId, ce_sagastep: step };
    const incoming = { extensions, time: new Date(), payload: {} } as unknown as IncomingMessage;
    const { effects } = this.database;
    const forward = isUndo ? step.slice(0, -5) : step;
    const answer = await this.participant(incoming, handler, async () => {
      if (refuse && type.refusals.length > 0) return answerOf('failure', refusalType.typeName, { code: 'REFUSED', detail: 'no' });
      effects.set(forward, (effects.get(forward) ?? 0) + (isUndo ? -1 : 1));
      return answerOf('success', type.reply?.typeName ?? '', everyField);
    });
    this.database.outbox.push({ ...message, to: 'saga', answer });
  }

  private replied({ step, answer }: Message): Promise<void> {
    const { instance } = this.database;
    const command = awaited(this.saga, instance as SagaInstance<State>, step);
    const body = JSON.parse((answer as Answer).payload.toString()) as { code: string; detail: string };
    if (command && answer?.outcome === 'failure' && body.code === withdrawnCode)
      throw new Error(`the saga waits for "${step}", which it has withdrawn`);
    const input: SagaInput = {
      kind: 'reply',
      step,
      answer: !command
        ? { outcome: 'unread' }
        : answer?.outcome === 'failure'
          ? { outcome: 'failure', refusal: body }
          : { outcome: 'success', reply: body },
    };
    return this.move(input);
  }

  private async move(input: SagaInput): Promise<void> {
    const { database } = this;
    const surroundings = {
      send: ({ step, command }: { step: string; command: { payload: { typeName: string } } }) => {
        database.outbox.push({ to: 'participant', sagaId: id, step, command: command.payload.typeName });
        return 'id';
      },
      local: async ({ step }: { step: string }) => {
        if (this.localFails) return { error: new Error('it fails') };
        database.locals.push(step);
        return {};
      },
    };
    const options = { timing: { ...defaultTiming, stuckAfter: Number.POSITIVE_INFINITY }, surroundings };
    const driven = await drive(this.saga, database.instance as SagaInstance<State>, input, options);
    database.instance = driven.instance;
    if (driven.timer !== 'keep') database.timer = driven.timer;
  }

  private typeOf(command: string) {
    for (const { action, undo } of this.saga.steps) {
      for (const one of [action, undo]) if (one?.kind === 'invoke' && one.command.payload.typeName === command) return one.command;
    }
    throw new Error(`unknown command ${command}`);
  }
}

/** Fields for every reply of the shop. */
const everyField = { shelf: 'A3', receipt: 99 };

const answerOf = (outcome: Answer['outcome'], typeName: string, payload: object): Answer => ({
  outcome,
  typeName,
  dataSchema: '',
  contentType: 'application/json',
  payload: Buffer.from(JSON.stringify(payload)),
});

const structuredCopy = (database: Database): Database => ({
  ...database,
  answers: new Map(database.answers),
  effects: new Map(database.effects),
  locals: [...database.locals],
  outbox: [...database.outbox],
});
