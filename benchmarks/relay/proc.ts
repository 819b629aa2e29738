import { readdirSync, readFileSync } from 'node:fs';

/** What Linux says of processes; elsewhere not a number. */
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

/** The most memory that a process has ever had, in MiB. */
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

/** The process whose command line contains all of these. */
export function findProcess(...parts: readonly string[]): number | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => {
        try {
          const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          return parts.every((part) => commandLine.includes(part));
        } catch {
          return false;
        }
      });
  } catch {
    return undefined;
  }
}

/** CPU of a process and all that descend from it. */
export function familyCpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  try {
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
    // What children that have ended used is kept by their parent.
    const fields = fieldsOf(pid);
    const ended = (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
    return children.reduce((sum, child) => sum + (cpuSeconds(Number(child)) || 0), cpuSeconds(pid) + ended);
  } catch {
    return Number.NaN;
  }
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(fieldsOf(pid)[1]);
  } catch {
    return undefined;
  }
}
