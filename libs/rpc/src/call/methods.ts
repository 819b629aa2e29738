import type { DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { PlainOf } from '@ftgo/contracts/common';

type Kind = 'unary' | 'server_streaming' | 'bidi_streaming';

/** A method of a service, as described by the generated code. */
export type Method<K extends Kind = Kind, Input extends DescMessage = DescMessage, Output extends DescMessage = DescMessage> = Pick<
  DescMethod,
  'name' | 'localName' | 'idempotency' | 'parent'
> & { readonly methodKind: K; readonly input: Input; readonly output: Output };

/** A service, as described by the generated code. */
export type Service = Omit<DescService, 'method'> & { readonly method: Readonly<Record<string, DescMethod>> };

export type RequestOf<Method> = Method extends { readonly input: infer Input extends DescMessage } ? PlainOf<Input> : never;
export type ResponseOf<Method> = Method extends { readonly output: infer Output extends DescMessage } ? PlainOf<Output> : never;

/** The path of a method on the wire. */
export const pathOf = ({ parent, name }: Pick<DescMethod, 'parent' | 'name'>): string => `/${parent.typeName}/${name}`;

/** `OrderService` becomes `order-service`, the name of the process. */
export const serviceName = ({ name }: Pick<Service, 'name'>): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** Whether a method changes nothing, by its `idempotency_level` in proto/. */
export const isRead = ({ idempotency }: Pick<DescMethod, 'idempotency'>): boolean =>
  idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;

/**
 * Whether a call may be repeated without a further effect. A change that names the version that it expects may not: if the first
 * attempt was carried out, the version has changed, and the second attempt would be rejected.
 */
export const isIdempotent = (method: Pick<DescMethod, 'idempotency'>, request: unknown): boolean =>
  isRead(method) ||
  (method.idempotency === MethodOptions_IdempotencyLevel.IDEMPOTENT && (request as { expected?: unknown }).expected === undefined);
