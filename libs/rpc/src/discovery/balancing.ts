import { type ChannelOptions, experimental, connectivityState as state } from '@grpc/grpc-js';

/** How a call's instance is chosen among those with a connection. */
export const balancings = ['round_robin', 'random', 'least_outstanding'] as const;
export type Balancing = (typeof balancings)[number];

type Leaf = experimental.LeafLoadBalancer;
type Helper = experimental.ChannelControlHelper;

/** The load balancing policy of a channel, registered with gRPC when it is first used. */
export function loadBalancingConfig(balancing: Balancing): object {
  if (balancing !== 'round_robin' && !experimental.isLoadBalancerNameRegistered(nameOf(balancing))) {
    experimental.registerLoadBalancerType(nameOf(balancing), balancerOf(balancing), configOf(balancing));
  }
  return { [balancing === 'round_robin' ? balancing : nameOf(balancing)]: {} };
}

const nameOf = (balancing: Balancing): string => `ftgo_${balancing}`;

const configOf = (balancing: Balancing) =>
  class implements experimental.TypedLoadBalancingConfig {
    getLoadBalancerName(): string {
      return nameOf(balancing);
    }
    toJsonObject(): object {
      return { [nameOf(balancing)]: {} };
    }
    static createFromJson() {
      return new this();
    }
  };

const balancerOf = (balancing: Balancing) =>
  class extends ChoosingLoadBalancer {
    constructor(helper: Helper) {
      super(helper, balancing);
    }
  };

/** The calls in flight at an endpoint. */
interface Child {
  readonly leaf: Leaf;
  outstanding: number;
}

type Choose = (children: readonly Child[]) => Child;

const anyOf: Choose = (children) => children[Math.floor(Math.random() * children.length)] as Child;

/** Chooses among equals at random: otherwise all clients would prefer the same instance. */
const leastOutstanding: Choose = (children) => {
  const least = Math.min(...children.map(({ outstanding }) => outstanding));
  return anyOf(children.filter(({ outstanding }) => outstanding === least));
};

class ChoosingPicker implements experimental.Picker {
  constructor(
    private readonly children: readonly Child[],
    private readonly choose: Choose,
  ) {}

  pick(args: experimental.PickArgs): experimental.PickResult {
    const child = this.choose(this.children);
    const result = child.leaf.getPicker().pick(args);
    const { onCallStarted, onCallEnded } = result;
    return {
      ...result,
      onCallStarted: () => {
        child.outstanding += 1;
        onCallStarted?.();
      },
      onCallEnded: (...how: Parameters<NonNullable<typeof onCallEnded>>) => {
        child.outstanding -= 1;
        onCallEnded?.(...how);
      },
    };
  }
}

/** Keeps a connection to every endpoint, even when the list changes, and chooses one of the connected ones for each call. */
class ChoosingLoadBalancer implements experimental.LoadBalancer {
  private children = new Map<string, Child>();
  private isPaused = false;
  private readonly childHelper: Helper;
  private readonly choose: Choose;

  constructor(
    private readonly helper: Helper,
    private readonly balancing: Balancing,
  ) {
    this.choose = balancing === 'random' ? anyOf : leastOutstanding;
    this.childHelper = experimental.createChildChannelControlHelper(helper, { updateState: () => this.update() });
  }

  updateAddressList(
    endpoints: experimental.StatusOr<experimental.Endpoint[]>,
    _config: experimental.TypedLoadBalancingConfig,
    options: ChannelOptions,
    note: string,
  ): boolean {
    // After a failed resolution the known endpoints are kept.
    if (!endpoints.ok) {
      if (this.children.size === 0)
        this.helper.updateState(state.TRANSIENT_FAILURE, new experimental.UnavailablePicker(endpoints.error), null);
      return true;
    }
    const before = this.children;
    this.isPaused = true;
    this.children = new Map(
      endpoints.value.map((endpoint) => {
        const key = experimental.endpointToString(endpoint);
        return [key, before.get(key) ?? this.newChild(endpoint, options, note)];
      }),
    );
    for (const [key, { leaf }] of before) if (!this.children.has(key)) leaf.destroy();
    this.isPaused = false;
    this.update();
    return true;
  }

  exitIdle(): void {
    for (const { leaf } of this.children.values()) leaf.exitIdle();
  }

  resetBackoff(): void {
    // The children have their own.
  }

  destroy(): void {
    for (const { leaf } of this.children.values()) leaf.destroy();
    this.children.clear();
  }

  getTypeName(): string {
    return nameOf(this.balancing);
  }

  private newChild(endpoint: experimental.Endpoint, options: ChannelOptions, note: string): Child {
    const leaf = new experimental.LeafLoadBalancer(endpoint, this.childHelper, options, note);
    leaf.startConnecting();
    return { leaf, outstanding: 0 };
  }

  private update(): void {
    if (this.isPaused) return;
    const children = [...this.children.values()];
    const inState = (wanted: state) => children.filter(({ leaf }) => leaf.getConnectivityState() === wanted);
    const ready = inState(state.READY);
    if (ready.length > 0) this.helper.updateState(state.READY, new ChoosingPicker(ready, this.choose), null);
    else if (inState(state.TRANSIENT_FAILURE).length === children.length) {
      const details = children.length === 1 ? 'no connection to the only instance' : `no connection to any of ${children.length} instances`;
      this.helper.updateState(state.TRANSIENT_FAILURE, new experimental.UnavailablePicker({ details }), details);
      this.helper.requestReresolution();
    } else this.helper.updateState(state.CONNECTING, new experimental.QueuePicker(this), null);
    for (const { leaf } of inState(state.IDLE)) leaf.exitIdle();
  }
}
