import 'reflect-metadata';
import type { CommandType, EventType, IncomingMessage, PayloadOf } from '@ftgo/messaging';
import { SetMetadata } from '@nestjs/common';

/** The target of a decorated method. */
export type Handles =
  | { readonly kind: 'command'; readonly type: CommandType<unknown, unknown> }
  | { readonly kind: 'event'; readonly types: ReadonlyArray<EventType<unknown>> };

export const handlesMetadata = 'messaging:handles';
export const independentMetadata = 'messaging:independent-per-key';
/** Nest stores a method's parameters under this key, so that pipes run on the payload. */
export const parametersMetadata = 'messaging:parameters';

type Method<Payload, Result> = (payload: Payload, message: IncomingMessage<Payload>) => Result;
/** A reply without fields may be omitted. */
type Returned<Reply> = Reply | (Record<string, never> extends Reply ? void : never) | (Reply extends void ? void : never);

/**
 * The method executes a command, in the transaction of the inbox, under a savepoint. Its result is the success reply; a
 * DomainError whose code the contract lists becomes the failure reply; NotYet defers the command.
 */
export const HandlesCommand =
  <Command, Reply>(type: CommandType<Command, Reply>) =>
  <M extends Method<Command, Promise<Returned<Reply>>>>(target: object, key: string | symbol, method: TypedPropertyDescriptor<M>): void =>
    mark(target, key, method, { kind: 'command', type: type });

/**
 * The method handles events of these types, in the transaction of the inbox. It must be tolerant: repeating what is already
 * done is not an error.
 */
export const HandlesEvent =
  <Types extends ReadonlyArray<EventType<unknown>>>(...types: Types) =>
  <M extends Method<PayloadOf<Types[number]>, Promise<void>>>(
    target: object,
    key: string | symbol,
    method: TypedPropertyDescriptor<M>,
  ): void =>
    mark(target, key, method, { kind: 'event', types: types });

/**
 * The event handler touches only rows identified by the event's key, and uses no savepoint. Then the events of different keys
 * in a batch run concurrently in its transaction and share round trips: about twice as fast. Row locks do not help here, since
 * a transaction does not wait for itself; hence it must be declared.
 */
export const IndependentPerKey = (): MethodDecorator => SetMetadata(independentMetadata, true);

function mark(target: object, key: string | symbol, method: { value?: unknown }, handles: Handles): void {
  Reflect.defineMetadata(handlesMetadata, handles, method.value as object);
  Reflect.defineMetadata(parametersMetadata, { '0:0': parameter(0), '1:1': parameter(1) }, target.constructor, key);
}

const parameter = (index: number) => ({ index, data: undefined, pipes: [] });
