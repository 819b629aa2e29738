import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { execa, type Options } from 'execa';

export const namespace = 'ftgo';

/** The cluster of the current kubectl context, and FTGO's namespace in it. */
export class Cluster {
  private constructor(
    readonly version: string,
    /** The address at which node ports are reachable. */
    readonly nodeAddress: string,
  ) {}

  static async find(): Promise<Cluster> {
    const { failed, stdout, stderr } = await execa('kubectl', ['version', '--output=json', '--request-timeout=10s'], { reject: false });
    if (failed)
      throw new UserError(
        `cannot connect to a cluster: ${(stderr || 'kubectl not found').split('\n')[0]}; set the kubectl context and try again`,
      );
    const { serverVersion } = JSON.parse(stdout) as { serverVersion: { gitVersion: string } };
    const address = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
    const node = await execa('kubectl', ['get', 'nodes', `--output=jsonpath=${address}`]);
    return new Cluster(`Kubernetes ${serverVersion.gitVersion}`, node.stdout);
  }

  async run(args: readonly string[], options: Options = {}): Promise<void> {
    await execa('kubectl', args, { cwd: repository, stdin: 'ignore', all: true, ...options });
  }

  /** The output of kubectl in the namespace. */
  async read(...args: string[]): Promise<string> {
    return (await execa('kubectl', ['--namespace', namespace, ...args])).stdout;
  }

  async has(kind: string, name: string): Promise<boolean> {
    return !(await execa('kubectl', ['get', kind, name], { reject: false })).failed;
  }

  /** The content of a key of a Secret. */
  async secret(name: string, key: string): Promise<string> {
    const data = await this.read('get', 'secret', name, `--output=jsonpath={.data['${key}']}`);
    return Buffer.from(data, 'base64').toString();
  }
}
