import { type ChannelOptions, experimental, Metadata, status } from '@grpc/grpc-js';
import type { Discovery } from './discovery.js';

type Listener = experimental.ResolverListener;

const scheme = 'ftgo-discovery';
/** gRPC creates resolvers by the text of a target, so a target names its discovery by a number. */
const discoveries: Discovery[] = [];

/** The target of a gRPC client that calls the instances found by a discovery. */
export function targetOf(discovery: Discovery, service: string): string {
  if (discoveries.length === 0) experimental.registerResolver(scheme, DiscoveryResolver);
  const known = discoveries.indexOf(discovery);
  const number = known === -1 ? discoveries.push(discovery) - 1 : known;
  return `${scheme}:${number}/${service}`;
}

/** A gRPC name resolver on a discovery. */
class DiscoveryResolver implements experimental.Resolver {
  private unwatch: (() => void) | undefined;
  private isActive = false;

  constructor(
    private readonly target: experimental.GrpcUri,
    private readonly listener: Listener,
    _options: ChannelOptions,
  ) {}

  /** gRPC asks again after a lost connection; the watch has what is known. */
  updateResolution(): void {
    if (this.isActive) return;
    this.isActive = true;
    const [number, service = ''] = this.target.path.split('/');
    const discovery = discoveries[Number(number)];
    // The listener must not be called from within this method.
    process.nextTick(() => {
      if (this.isActive) this.unwatch ??= discovery?.watch(service, (addresses) => this.report(addresses));
    });
  }

  destroy(): void {
    this.isActive = false;
    this.unwatch?.();
    this.unwatch = undefined;
  }

  static getDefaultAuthority({ path }: experimental.GrpcUri): string {
    return path.split('/')[1] ?? path;
  }

  private report(addresses: readonly string[]): void {
    if (addresses.length === 0) {
      const error = { code: status.UNAVAILABLE, details: 'no instance is registered', metadata: new Metadata() };
      this.listener(experimental.statusOrFromError(error), {}, null, '');
      return;
    }
    const endpoints = addresses.flatMap((address) => {
      const hostPort = experimental.splitHostPort(address);
      return hostPort?.port === undefined ? [] : [{ addresses: [{ host: hostPort.host, port: hostPort.port }] }];
    });
    this.listener(experimental.statusOrFromValue(endpoints), {}, null, '');
  }
}
