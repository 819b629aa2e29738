import { header } from './envelope.js';

/** What brokers give of a record's headers. */
interface WithHeaders {
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** The text of a header; an empty one is as none. */
export function headerText({ headers }: WithHeaders, name: string): string | undefined {
  const value = headers.get(name);
  return value === undefined || value.length === 0 ? undefined : value.toString();
}

/** The type of a record's message, or undefined when the record is not a message. */
export const typeOf = (record: WithHeaders): string | undefined => headerText(record, header.type);
