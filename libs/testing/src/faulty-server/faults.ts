/**
 * The ways in which a server fails, as in the literature (Cristian; Tanenbaum and van Steen, Distributed Systems, 8.1), and none.
 * A fault begins with the next request.
 */
export const faults = {
  none: 'responds correctly',
  crash: 'its process ends when a request has arrived',
  omission: 'reads requests and never responds',
  timing: 'responds correctly, but too late',
  response: 'responds in time with a wrong value',
  'arbitrary bytes': 'responds with bytes that follow no protocol',
  'arbitrary content': 'responds with content that cannot be decoded',
  'arbitrary length': 'responds with content that does not end',
  'arbitrary headers': 'responds with headers of another protocol',
} as const;

export type Fault = keyof typeof faults;

/** What a faulty server is started with. */
export interface FaultySettings {
  readonly protocol: 'grpc' | 'http';
  /** The correct response: a protobuf message or the text of a JSON body, in base64. */
  readonly correct: string;
  /** Well-formed, but against the contract. */
  readonly wrong: string;
  /** How late a response with a timing failure is. */
  readonly lateMs: number;
  /** 0 picks a free port. */
  readonly port: number;
}
