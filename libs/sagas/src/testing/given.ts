import assert from 'node:assert/strict';
import { type CommandType, jsonContentType, type PayloadType, type Refusal } from '@ftgo/messaging';
import { awaited, decide } from '../decide/decide.js';
import type { Decision, HistoryEntry, OperatorAct, SagaAct, SagaInput } from '../decide/decision.js';
import { newInstance, type SagaInstance } from '../decide/instance.js';
import { defaultTiming, type Timing } from '../decide/timing.js';
import type { SagaDefinition } from '../definition/definition.js';

type DeepPartial<T> = T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> } : T;

/**
 * Starts a saga in memory, for a test that drives it through its steps: `given(createOrderSaga, order).expect(CreateTicket,
 * {…}).reply({…})…completed()`.
 */
export const given = <State extends object>(saga: SagaDefinition<State>, state: State, timing: Partial<Timing> = {}): SagaScenario<State> =>
  new SagaScenario(saga, state, { ...defaultTiming, ...timing });

/** A saga under test. It uses the engine's decisions; the test plays messages, local work and time. */
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

  /** Expects that the saga now sends this command, with at least these fields. */
  expect<Command>(command: CommandType<Command, unknown>, payload: DeepPartial<Command> = {} as DeepPartial<Command>): this {
    const act = this.sent(`expected ${command.payload.typeName}`);
    assert.equal(act.command.payload.typeName, command.payload.typeName, `the saga sends another command at "${act.step}"`);
    assert.partialDeepStrictEqual(act.payload, payload);
    return this;
  }

  /** Replies to the command with success. */
  reply(reply: unknown = {}): this {
    const { step, command } = this.sent('reply() needs a command');
    const type = command.reply as PayloadType<unknown>;
    return this.happens({ kind: 'reply', step, answer: { outcome: 'success', reply: roundTrip(type, reply) } });
  }

  /** Replies to the command with a failure. */
  refuse(code: string, detail = code): this {
    const { step } = this.sent('a failure reply needs a command');
    return this.happens({ kind: 'reply', step, answer: { outcome: 'failure', refusal: { code, detail } } });
  }

  /** Lets the deadline pass; after the pivot and in compensations, the time of the next attempt. */
  deadline(): this {
    assert.ok(this.timer !== undefined, `no deadline is set: ${this.where()}`);
    return this.happens({ kind: 'time-up', step: this.instance.step, afterMs: this.timer });
  }

  /** Expects that the local step now runs, on a state with at least these fields, and lets it succeed. */
  expectLocal(step: string, state: DeepPartial<State> & { readonly refusal?: Partial<Refusal> } = {} as DeepPartial<State>): this {
    const act = this.local(`expected the local step "${step}"`);
    assert.equal(act.step, step, 'the saga runs another local step');
    assert.partialDeepStrictEqual(act.state, state);
    return this.happens({ kind: 'local-done' });
  }

  /** Expects that the local step now runs, and lets it throw. */
  failLocal(step: string, error = 'it threw'): this {
    assert.equal(this.local(`expected the local step "${step}"`).step, step, 'the saga runs another local step');
    return this.happens({ kind: 'local-failed', error });
  }

  /** Lets every step before `step` succeed, with these replies by step. */
  skipTo(step: string, replies: Readonly<Record<string, unknown>> = {}): this {
    while (this.instance.step !== step) {
      assert.ok(this.act, `the saga does not reach "${step}": ${this.where()}`);
      if (this.act.kind === 'local') this.happens({ kind: 'local-done' });
      else this.succeeds(replies[this.instance.step]);
    }
    return this;
  }

  /** A reply that no step reads may be omitted. */
  private succeeds(reply: unknown): void {
    const { step } = this.instance;
    const action = this.saga.steps.find(({ name }) => name === step)?.action;
    if (reply !== undefined || (action?.kind === 'invoke' && action.onReply)) this.reply(reply);
    else this.happens({ kind: 'reply', step, answer: { outcome: 'success', reply: {} } });
  }

  /** A reply to a step that is not the current one: late, or a duplicate. */
  lateReplyTo(step: string, reply: unknown = {}): this {
    assert.notEqual(step, this.instance.step, 'that is the current step; its reply is not late');
    const command = awaited(this.saga, this.instance, step);
    const answer = command ? ({ outcome: 'success', reply } as const) : ({ outcome: 'unread' } as const);
    return this.happens({ kind: 'reply', step, answer });
  }

  operator(act: OperatorAct, note = { by: 'operator', reason: 'test' }): this {
    return this.happens({ kind: 'operator', act, ...note });
  }

  /** Expects that the last input changed nothing. */
  unchanged(): this {
    assert.deepEqual(this.instance, this.before);
    return this;
  }

  /** Expects that the last input raised an alert. */
  alarmed(): this {
    assert.ok(
      this.history.some(({ event }) => event === 'alarm'),
      `no alert was raised: ${this.where()}`,
    );
    return this;
  }

  /** Expects that the saga is stuck for this reason. */
  stuck(reason: RegExp | string = /./): this {
    assert.equal(this.instance.status, 'STUCK', this.where());
    const problem = this.instance.problem ?? '';
    assert.ok(
      typeof reason === 'string' ? problem.includes(reason) : reason.test(problem),
      `the saga is stuck for another reason: ${problem}`,
    );
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

  /** Encodes the command, to check that it can be written. */
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

/** Decodes what was encoded, as the receiver does. */
const roundTrip = <Payload>(type: PayloadType<Payload>, payload: Payload): Payload =>
  type.decode(type.encode(payload, jsonContentType), jsonContentType);
