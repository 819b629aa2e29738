import { connect, createServer, type Server } from 'node:net';
import { config } from '../config.js';

/** Ports that are not in use. They are below the ephemeral range, so that no outgoing connection takes one meanwhile. */
export async function freePorts(count: number): Promise<number[]> {
  const [lowest, highest] = config.freePorts;
  const found: number[] = [];
  let candidate = lowest + Math.floor(Math.random() * (highest - lowest));
  while (found.length < count) {
    candidate = candidate >= highest ? lowest : candidate + 1;
    if (await isFree(candidate)) found.push(candidate);
  }
  return found;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** Whether a server could listen on the port of the loopback interface, even if a wildcard listener would hide it. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

/** Whether a server accepts connections on the port of the loopback interface. */
export function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.setTimeout(1_000, () => finish(false));
  });
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
