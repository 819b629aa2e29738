import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import type { PlainTypes } from '../gen/plain.js';

/** A protobuf message as a plain value: numbers for int64, Money from kernel, Date for timestamps, names for enums. */
export type Plain<Shape extends Message> =
  Shape extends Message<infer Name> ? (Name extends keyof PlainTypes ? PlainTypes[Name] : never) : never;

/** The plain type of a message descriptor. */
export type PlainOf<Desc extends DescMessage> = Plain<MessageShape<Desc>>;
