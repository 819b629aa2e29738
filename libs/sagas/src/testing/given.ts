import assert from 'node:assert/strict';
import { type CommandType, jsonContentType, type PayloadType, type Refusal } from '@ftgo/messaging';
import { awaited, decide } from '../decide/decide.js';
import type { Decision, HistoryEntry, OperatorAct, SagaAct, SagaInput } from '../decide/decision.js';
import { newInstance, type SagaInstance } from '../decide/instance.js';
import { defaultTiming, type Timing } from '../decide/timing.js';
import type { SagaDefinition } from '../definition/definition.js';

type DeepPartial<T> = T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> } : T;

/** Starts a saga in memory, to be led through its steps: `given(createOrderSaga, order).expect(CreateTicket, {…}).reply({…})…completed()`. */
export const given = <State extends object>(saga: SagaDefinition<State>, state: State, timing: Partial<Timing> = {}): SagaScenario<State> =>
  new SagaScenario(saga, state, { ...defaultTiming, ...timing });

/** A saga under test. It makes the decisions of the engine; messages, local work and time are the test's. */
export class SagaScenario<State extends object> {
  private instance: SagaInstance<State>;
  private act: SagaAct | undefined;
  private timer: number | undefined;
  private history: readonly HistoryEntry[] = [];
  private before: SagaInstance<State>;

  constructor(
    private readonly saga: SagaDefinition<State>,
    state: State,
    private readonly timing: Timing,
  ) {
    this.instance = newInstance(saga, '00000000-0000-7000-8000-000000000000', state);
    this.before = this.instance;
    this.happens({ kind: 'begin' });
  }

  /** The saga sends this command now, with at least these fields. */
  expect<Command>(command: CommandType<Command, unknown>, payload: DeepPartial<Command> = {} as DeepPartial<Command>): this {
    const act = this.sent(`expected ${command.payload.typeName}`);
    assert.equal(act.command.payload.typeName, command.payload.typeName, `the saga sends another command at "${act.step}"`);
    assert.partialDeepStrictEqual(act.payload, payload);
    return this;
  }

  /** The command is answered with success. */
  reply(reply: unknown = {}): this {
    const { step, command } = this.sent('a reply needs a command');
    const type = command.reply as PayloadType<unknown>;
    return this.happens({ kind: 'reply', step, answer: { outcome: 'success', reply: roundTrip(type, reply) } });
  }

  /** The command is refused. */
  refuse(code: string, detail = code): this {
    const { step } = this.sent('a refusal needs a command');
    return this.happens({ kind: 'reply', step, answer: { outcome: 'failure', refusal: { code, detail } } });
  }

  /** The time for the answer is up; after the pivot and in compensations: it is time to send again. */
  deadline(): this {
    assert.ok(this.timer !== undefined, `no time runs: ${this.where()}`);
    return this.happens({ kind: 'time-up', step: this.instance.step, afterMs: this.timer });
  }

  /** The local step runs now, on a state with at least these fields. */
  expectLocal(step: string, state: DeepPartial<State> & { readonly refusal?: Partial<Refusal> } = {} as DeepPartial<State>): this {
    const act = this.local(`expected the local step "${step}"`);
    assert.equal(act.step, step, 'another local step runs');
    assert.partialDeepStrictEqual(act.state, state);
    return this.happens({ kind: 'local-done' });
  }

  /** The local step runs now and throws. */
  failLocal(step: string, error = 'it threw'): this {
    assert.equal(this.local(`expected the local step "${step}"`).step, step, 'another local step runs');
    return this.happens({ kind: 'local-failed', error });
  }

  /** Everything before `step` succeeds, with these replies by step. */
  skipTo(step: string, replies: Readonly<Record<string, unknown>> = {}): this {
    while (this.instance.step !== step) {
      assert.ok(this.act, `the saga does not come to "${step}": ${this.where()}`);
      if (this.act.kind === 'local') this.happens({ kind: 'local-done' });
      else this.succeeds(replies[this.instance.step]);
    }
    return this;
  }

  /** A reply that nobody reads need not be given. */
  private succeeds(reply: unknown): void {
    const { step } = this.instance;
    const action = this.saga.steps.find(({ name }) => name === step)?.action;
    if (reply !== undefined || (action?.kind === 'invoke' && action.onReply)) this.reply(reply);
    else this.happens({ kind: 'reply', step, answer: { outcome: 'success', reply: {} } });
  }

  /** A reply to a step that is not the current one: late, or for the second time. */
  lateReplyTo(step: string, reply: unknown = {}): this {
    assert.notEqual(step, this.instance.step, 'that is the current step: its reply is not late');
    const command = awaited(this.saga, this.instance, step);
    const answer = command ? ({ outcome: 'success', reply } as const) : ({ outcome: 'unread' } as const);
    return this.happens({ kind: 'reply', step, answer });
  }

  operator(act: OperatorAct, note = { by: 'operator', reason: 'test' }): this {
    return this.happens({ kind: 'operator', act, ...note });
  }

  /** What happened last changed nothing. */
  unchanged(): this {
    assert.deepEqual(this.instance, this.before);
    return this;
  }

  /** What happened last raised an alarm. */
  alarmed(): this {
    assert.ok(
      this.history.some(({ event }) => event === 'alarm'),
      `there is no alarm: ${this.where()}`,
    );
    return this;
  }

  /** The saga waits for a person, for this reason. */
  stuck(reason: RegExp | string = /./): this {
    assert.equal(this.instance.status, 'STUCK', this.where());
    const problem = this.instance.problem ?? '';
    assert.ok(typeof reason === 'string' ? problem.includes(reason) : reason.test(problem), `it is stuck for another reason: ${problem}`);
    return this;
  }

  completed(): void {
    this.ended('COMPLETED');
  }

  rolledBack(): void {
    this.ended('ROLLED_BACK');
  }

  private ended(status: SagaInstance<State>['status']): void {
    assert.equal(this.instance.status, status, this.where());
  }

  private happens(input: SagaInput): this {
    const decision: Decision<State> = decide(this.saga, this.instance, input, this.timing);
    this.before = this.instance;
    this.instance = decision.instance;
    this.history = decision.history;
    if (decision.timer === 'keep') return this;
    this.timer = decision.timer;
    this.act = this.written(decision.act);
    return this;
  }

  /** A command must be one that can be written. */
  private written(act: SagaAct | undefined): SagaAct | undefined {
    if (act?.kind !== 'send') return act;
    const { command, payload } = act;
    assert.ok(command.key(payload) !== '', `the ${command.payload.typeName} of "${act.step}" has no key`);
    return { ...act, payload: roundTrip(command.payload, payload) };
  }

  private sent(what: string): Extract<SagaAct, { kind: 'send' }> {
    const { act } = this;
    assert.ok(act?.kind === 'send', `${what}: ${this.where()}`);
    return act;
  }

  private local(what: string): Extract<SagaAct, { kind: 'local' }> {
    const { act } = this;
    assert.ok(act?.kind === 'local', `${what}: ${this.where()}`);
    return act;
  }

  private where(): string {
    const { status, step, problem } = this.instance;
    const doing = this.act?.kind === 'send' ? `, which sends ${this.act.command.payload.typeName}` : this.act ? ', a local step' : '';
    return `the saga is ${status} at "${step}"${doing}${problem ? ` (${problem})` : ''}`;
  }
}

/** What the other side gets. */
const roundTrip = <Payload>(type: PayloadType<Payload>, payload: Payload): Payload =>
  type.decode(type.encode(payload, jsonContentType), jsonContentType);
