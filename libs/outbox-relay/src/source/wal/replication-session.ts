import type { Socket } from 'node:net';
import { wallClockMs } from '@ftgo/kernel';
import { socketOf } from '@ftgo/messaging/postgres';
import { type Client, DatabaseError } from 'pg';
import { answerMs, relayClient } from '../../database/waits.js';
import { postgresEpochMs } from '../../record/iso-time.js';
import { type Lsn, readLsn, writeLsn } from './lsn.js';
import { MessageFramer } from './message-framer.js';
import { OneBufferSocket } from './one-buffer-socket.js';

export interface SessionListener {
  /** A message of the output plugin. Its bytes are valid only during the call. */
  onWal(bytes: Buffer, start: number, end: number): void;
  /** The server has decoded its log up to here. */
  onKeepalive(walEnd: Lsn): void;
  /** Everything received was passed on. */
  onPause(): void;
  /** The end of the session, whatever its cause. */
  onEnd(error: Error): void;
}

const code = (letter: string) => letter.charCodeAt(0);
const copyBothResponse = code('W');
const errorResponse = code('E');
const copyData = code('d');
const copyDone = code('c');
const walData = code('w');
const keepalive = code('k');
const statusUpdate = code('r');

/** PostgreSQL ends the session of a reader that is silent for this long. */
const walSenderTimeoutMs = 10_000;
/** Interval of status messages, sent even without progress and while reading pauses. */
const statusIntervalMs = 1_000;
/** Progress is reported within this time. */
const ackDelayMs = 50;
/** The header of an XLogData message: the tag, two positions and a time. */
const walHeaderBytes = 25;
/** Time limit for the last status message, since the peer may be silent. */
const goodbyeMs = 1_000;

/**
 * A replication connection. `pg` connects, encrypts and logs in; once the stream starts, this class reads the socket itself:
 * pg's parser creates an object for every message, reuses its buffer, and cannot pause reading.
 */
export class ReplicationSession {
  private readonly framer = new MessageFramer((type, bytes, start, end) => this.onMessage(type, bytes, start, end));
  private listener: SessionListener | undefined;
  private starting: PromiseWithResolvers<void> | undefined;
  private acked: Lsn = 0;
  private reported: Lsn = 0;
  private statusTimer: NodeJS.Timeout | undefined;
  private ackTimer: NodeJS.Timeout | undefined;
  private startTimer: NodeJS.Timeout | undefined;
  private endedBy: Error | undefined;

  private constructor(
    private readonly client: Client,
    private readonly onLost: (error: Error) => void,
  ) {}

  /** `onLost` is called when the connection is lost, at any time. */
  static async connect(url: string, applicationName: string, onLost: (error: Error) => void): Promise<ReplicationSession> {
    const client = relayClient(url, applicationName, [`wal_sender_timeout=${walSenderTimeoutMs}`], {
      stream: () => OneBufferSocket.create(),
      // Not in pg's types: this makes it a replication connection to one database.
      ...({ replication: 'database' } as object),
    });
    const session = new ReplicationSession(client, onLost);
    client.on('error', (error) => session.end(error));
    client.on('end', () => session.end(new Error('the replication connection was closed')));
    await client.connect();
    return session;
  }

  /** The system identifier of the cluster. */
  async systemIdentifier(): Promise<string> {
    const { rows } = await this.client.query<{ systemid: string }>('IDENTIFY_SYSTEM');
    return (rows[0] as { systemid: string }).systemid;
  }

  /** The server process that will read the slot; queried, since a pooler reports a process id of its own. */
  async walSender(): Promise<number> {
    const { rows } = await this.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return (rows[0] as { pid: number }).pid;
  }

  /** Lets standbys copy a slot that was created without that option. */
  async enableFailover(slot: string): Promise<void> {
    await this.client.query(`ALTER_REPLICATION_SLOT "${slot}" (FAILOVER true)`);
  }

  /** Starts at the slot's own position: a remembered one could skip messages that the slot retains. Rejects with a DatabaseError. */
  start(slot: string, publication: string, listener: SessionListener): Promise<void> {
    // The connection may have been lost before the listener was added: a dead socket gives neither a response nor an end.
    if (this.endedBy) return Promise.reject(this.endedBy);
    const { socket } = this;
    socket.removeAllListeners('data');
    // Over TLS, pg has wrapped the socket, and each chunk is a new buffer.
    if (socket instanceof OneBufferSocket) socket.takeOver((chunk) => this.onChunk(chunk));
    else socket.on('data', (chunk: Buffer) => this.onChunk(chunk));
    this.listener = listener;
    this.starting = Promise.withResolvers<void>();
    this.startTimer = setTimeout(() => this.end(new Error(`no response to START_REPLICATION within ${answerMs} ms`)), answerMs);
    const options = `proto_version '1', publication_names '${publication}', binary 'true', messages 'true'`;
    socket.write(queryMessage(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (${options})`));
    return this.starting.promise;
  }

  /** Everything before this position is safe: the server may discard it. */
  acknowledge(lsn: Lsn): void {
    if (lsn <= this.acked) return;
    this.acked = lsn;
    this.ackTimer ??= setTimeout(() => this.reportNews(), ackDelayMs);
  }

  /** Reports the position to the server immediately. */
  reportStatus(): void {
    if (this.endedBy || !this.statusTimer) return;
    this.reported = this.acked;
    this.socket.write(statusMessage(this.acked));
  }

  /** Stops reading: the server sends until its buffers are full, then waits. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Reports the latest position and ends; no callback is called afterwards. */
  close(): void {
    if (this.endedBy) return;
    if (this.acked > this.reported) this.reportStatus();
    this.endedBy = new Error('the replication session was closed');
    this.listener = undefined;
    this.stopTimers();
    this.starting?.reject(this.endedBy);
    const { socket } = this;
    socket.destroySoon();
    setTimeout(() => socket.destroy(), goodbyeMs).unref();
  }

  private get socket(): Socket {
    return socketOf(this.client);
  }

  private onChunk(chunk: Buffer): void {
    try {
      this.framer.push(chunk);
      this.listener?.onPause();
    } catch (error) {
      this.end(error as Error);
    }
  }

  private onMessage(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.endedBy) return;
    if (type === copyData) this.onCopyData(bytes, start, end);
    else if (type === copyBothResponse) this.onStarted();
    else if (type === errorResponse) this.end(parseError(bytes, start, end));
    else if (type === copyDone) this.end(new Error('the server ended the stream'));
  }

  private onCopyData(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === walData) return this.listener?.onWal(bytes, start + walHeaderBytes, end);
    if (bytes[start] !== keepalive) return;
    this.listener?.onKeepalive(readLsn(bytes, start + 1));
    const replyRequested = bytes[start + 17] === 1;
    if (replyRequested) this.reportStatus();
  }

  private onStarted(): void {
    clearTimeout(this.startTimer);
    this.statusTimer = setInterval(() => this.reportStatus(), statusIntervalMs);
    this.starting?.resolve();
  }

  private reportNews(): void {
    this.ackTimer = undefined;
    if (this.acked > this.reported) this.reportStatus();
  }

  private end(error: Error): void {
    if (this.endedBy) return;
    this.endedBy = error;
    this.stopTimers();
    this.starting?.reject(error);
    this.socket.destroy();
    this.listener?.onEnd(error);
    this.onLost(error);
  }

  private stopTimers(): void {
    clearInterval(this.statusTimer);
    clearTimeout(this.ackTimer);
    clearTimeout(this.startTimer);
  }
}

function queryMessage(text: string): Buffer {
  const query = Buffer.from(`${text}\0`);
  const message = Buffer.alloc(5);
  message.write('Q', 0, 'latin1');
  message.writeUInt32BE(query.length + 4, 1);
  return Buffer.concat([message, query]);
}

/** The written, flushed and applied positions are the same here: what the broker has. */
function statusMessage(lsn: Lsn): Buffer {
  const message = Buffer.alloc(39);
  message[0] = copyData;
  message.writeUInt32BE(38, 1);
  message[5] = statusUpdate;
  for (const at of [6, 14, 22]) writeLsn(lsn, message, at);
  message.writeBigInt64BE(BigInt(wallClockMs() - postgresEpochMs) * 1000n, 30);
  return message;
}

function parseError(bytes: Buffer, start: number, end: number): Error {
  const fields = new Map(
    bytes
      .toString('utf8', start, end)
      .split('\0')
      .filter((field) => field.length > 0)
      .map((field) => [field.charAt(0), field.slice(1)]),
  );
  const error = new DatabaseError(fields.get('M') ?? 'an error without a message', end - start, 'error');
  return Object.assign(error, { code: fields.get('C'), detail: fields.get('D'), hint: fields.get('H'), severity: fields.get('S') });
}
