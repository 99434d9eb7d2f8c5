// A component whose own call failed and that does not catch that: React throws in its place what the call threw, and
// takes off the page whatever an error boundary is around. The component is made anew, with what was typed in its
// fields, and the reason stands behind it.

import { Component, createContext, type ReactNode } from 'react';
import { ActionError, OutcomeUnknownError } from './connection.ts';
import { NoPageError } from './no_page_error.ts';
import { keepTypedOfGone } from './typed_before_hydration.ts';

export function isFailedCall(error: unknown): error is Error {
  return error instanceof ActionError || error instanceof OutcomeUnknownError || error instanceof NoPageError;
}

/** Whether a guard is around, so that the app's own error boundaries within it see such errors first. */
export const Guarded = createContext(false);

interface Props {
  /** Around the whole page, for what no component holds: the components in it have guards of their own. */
  readonly isOutermost?: boolean;
  readonly children?: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly hasFailed: boolean;
}

export class CallGuard extends Component<Props, State> {
  override state: State = { error: undefined, hasFailed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, hasFailed: true };
  }

  override getSnapshotBeforeUpdate(_: Props, before: State): (() => void) | null {
    const root = document.getElementById('hydrate-root');
    return before.error !== this.state.error && root ? keepTypedOfGone(root) : null;
  }

  override componentDidUpdate(_: Props, __: State, giveTypedBack: (() => void) | null): void {
    giveTypedBack?.();
    // The reason stands until the person does something else.
    if (giveTypedBack) document.addEventListener('click', this.#forget, { capture: true, once: true });
  }

  override componentWillUnmount(): void {
    document.removeEventListener('click', this.#forget, { capture: true });
  }

  readonly #forget = (): void => this.setState({ error: undefined, hasFailed: false });

  override render(): ReactNode {
    const { error, hasFailed } = this.state;
    if (hasFailed && !isFailedCall(error)) throw error;
    return (
      <Guarded value={this.props.isOutermost !== true}>
        {this.props.children}
        {hasFailed && isFailedCall(error) ? (
          <span role="alert" data-duramen-error="">
            {error.message}
          </span>
        ) : null}
      </Guarded>
    );
  }
}
