import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Statistics of processes on Linux; NaN elsewhere. */
const ticksPerSecond = 100;

const fieldsOf = (pid: number | string): string[] => (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] as string).split(' ');

/** Seconds of CPU that a process has used. */
export function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = fieldsOf(pid as number);
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** The current memory of a process, in MiB. */
export function residentMiB(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** The peak memory of a process, in MiB. */
export function peakMemoryMiB(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Seconds of CPU that the whole machine has used. */
export function machineCpuSeconds(): number {
  try {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (
      readFileSync('/proc/stat', 'utf8').split('\n')[0] as string
    )
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** The process that listens on a TCP port of this machine. */
export function listenerOn(port: number): number | undefined {
  try {
    const wanted = port.toString(16).toUpperCase().padStart(4, '0');
    const listening = '0A';
    const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === listening && local?.endsWith(`:${wanted}`))
      .map((fields) => `socket:[${fields[9]}]`);
    return processes().find((pid) => sockets.some((socket) => has(pid, socket)));
  } catch {
    return undefined;
  }
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function has(pid: number, file: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === file);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** CPU of a process and all its descendants. */
export function familyCpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  try {
    const children = childrenOf(pid);
    // The CPU time of children that have ended is included in their parent's.
    const fields = fieldsOf(pid);
    const ended = (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
    return children.reduce((sum, child) => sum + (cpuSeconds(child) || 0), cpuSeconds(pid) + ended);
  } catch {
    return Number.NaN;
  }
}

export const childrenOf = (pid: number): number[] => processes().filter((each) => parentOf(each) === pid);

function parentOf(pid: number): number | undefined {
  try {
    return Number(fieldsOf(pid)[1]);
  } catch {
    return undefined;
  }
}
