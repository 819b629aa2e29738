import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Requests a broker's metadata, as any client does first, and checks whether it lists a broker. Encoded by hand, since the
 * runner needs nothing else of the protocol: Metadata (key 3), version 4, no topics.
 */
export function answersMetadata(host: string, port: number, withinMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const finish = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(withinMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write(metadataRequest));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= brokerCountAt + 4) finish(answer.readInt32BE(brokerCountAt) > 0);
    });
  });
}

/** Whether a broker that requires credentials completes a TLS handshake: without them it does not respond to more than that. */
export function acceptsTls({ host, port, caFile }: { host: string; port: number; caFile: string }, withinMs = 5_000): Promise<boolean> {
  return new Promise((resolve) => {
    const trust = caFile === 'system' ? {} : { ca: readFileSync(caFile) };
    const socket = connectTls({ host, port, ...trust });
    const finish = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(withinMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('secureConnect', () => finish(true));
  });
}

// Bytes of the response: length (4), correlation id (4), throttle time (4), number of brokers.
const brokerCountAt = 12;

const metadataRequest = (() => {
  const clientId = Buffer.from('ftgo-probe');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4 + 1);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(3, at);
  at = request.writeInt16BE(4, at);
  at = request.writeInt32BE(1, at);
  at = request.writeInt16BE(clientId.length, at);
  at += clientId.copy(request, at);
  at = request.writeInt32BE(0, at);
  request.writeInt8(0, at);
  return request;
})();
