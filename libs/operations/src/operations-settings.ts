/** How a service is operated. */
export class OperationsSettings {
  /**
   * @param isOpen whether operators may act from other machines
   * @param sends the topics on which it sends, each with the prefix of its sources there
   */
  constructor(
    readonly isOpen: boolean,
    readonly sends: ReadonlyMap<string, string> = new Map(),
  ) {}
}
