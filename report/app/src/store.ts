/** The state of the report's page, kept in its address. */
import { Address } from "./address.ts";
import { fromHash, INITIAL, type State, toHash } from "./state.ts";

export class Store extends Address<State> {
  /** whether the entry of the history is of the query that is being typed */
  private typing = false;

  constructor() {
    super({ initial: INITIAL, from: fromHash, to: toHash });
  }

  override go(change: Partial<State>): void {
    this.typing = false;
    super.go(change);
  }

  /** A query as it is typed: the first key makes an entry of the history, the others change it. */
  type(query: string): void {
    if (this.typing) return this.adjust({ query });
    this.go({ query });
    this.typing = true;
  }

  /** The query is as it was meant; the next one is another entry. */
  commit(): void {
    this.typing = false;
  }

  protected override read(): void {
    this.typing = false;
    super.read();
  }
}
