import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { execa, type Options } from 'execa';

/** The container engine and compose of this machine. */
export class Compose {
  private constructor(
    readonly project: string,
    private readonly command: readonly string[],
    readonly version: string,
  ) {}

  /** Uses FTGO_COMPOSE, `docker compose` or `docker-compose`, in this order; and docker-compose.yml, or these files. */
  static async find(project: string, files: readonly string[] = []): Promise<Compose> {
    if (!(await succeeds('docker', ['info'])))
      throw new UserError('cannot connect to a container engine: install Docker with its compose plugin and start it');
    const given = process.env['FTGO_COMPOSE'];
    for (const command of given ? [given.split(' ')] : [['docker', 'compose'], ['docker-compose']]) {
      const [program = '', ...args] = command;
      const { failed, stdout } = await execa(program, [...args, 'version', '--short'], { reject: false });
      if (!failed)
        return new Compose(project, [...command, ...files.flatMap((file) => ['--file', file])], `${command.join(' ')} ${stdout}`);
    }
    throw new UserError(`cannot run ${given ?? 'docker compose or docker-compose'}: install Docker's compose plugin`);
  }

  /** Program and arguments of a compose command. */
  commandLine(...args: string[]): string[] {
    return [...this.command, '--project-name', this.project, ...args];
  }

  async run(args: readonly string[], options: Options = {}): Promise<void> {
    const [program = '', ...rest] = this.commandLine(...args);
    const { failed, message } = await execa(program, rest, {
      cwd: repository,
      stdin: 'ignore',
      all: true,
      env: asWritten,
      ...options,
      reject: false,
    });
    if (failed) throw new UserError(message ?? `${args.join(' ')} failed`);
  }

  /** A shell expression for the id of a service's container. */
  containerOf(service: string): string {
    const label = (name: string, value: string) => `--filter label=com.docker.compose.${name}=${value}`;
    return `$(docker ps --all --quiet ${label('project', this.project)} ${label('service', service)})`;
  }

  /** The content of a file in a container. */
  async read(service: string, file: string): Promise<string> {
    const { stdout } = await execa(`docker exec ${this.containerOf(service)} cat ${file}`, { shell: true });
    return stdout.trim();
  }

  /** The output of a command in a container. */
  async execute(service: string, ...command: readonly string[]): Promise<string> {
    const { stdout: id } = await execa(`echo ${this.containerOf(service)}`, { shell: true });
    return (await execa('docker', ['exec', id.trim(), ...command])).stdout;
  }

  async inspect(service: string, format: string): Promise<string> {
    const { stdout } = await execa(`docker inspect --format '${format}' ${this.containerOf(service)}`, { shell: true });
    return stdout.trim();
  }
}

/** Overrides settings that a .env or the shell makes for the user's own system. */
const asWritten = { COMPOSE_PROFILES: '', FTGO_TAG: '', FTGO_LOG_LEVEL: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' };

const succeeds = async (program: string, args: readonly string[]): Promise<boolean> =>
  !(await execa(program, args, { reject: false })).failed;
