import { v7 as uuidv7 } from 'uuid';

/** The id of a new saga: a UUIDv7. */
export const newSagaId = (): string => uuidv7();

const timed = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The start of a saga, in milliseconds since 1970: the first 48 bits of its id. NaN: the id is not a UUIDv7. */
export const startedAt = (sagaId: string): number =>
  timed.test(sagaId) ? Number.parseInt(sagaId.slice(0, 8) + sagaId.slice(9, 13), 16) : NaN;
