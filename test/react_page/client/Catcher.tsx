import type { CatcherProps, FragileProps } from 'duramen/app';
import { Component, useState } from 'react';

export class Catcher extends Component<CatcherProps, { message: string | undefined }> {
  override state = { message: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : 'failed' };
  }

  override render() {
    const { message } = this.state;
    if (message === undefined) return this.props.children;
    return (
      <p id="caught">
        Caught: {message} <button onClick={() => this.setState({ message: undefined })}>Try again</button>
      </p>
    );
  }
}

export function Fragile({ word }: FragileProps) {
  const [broken, setBroken] = useState(false);
  if (broken) throw new Error(`broken at ${word}`);
  return <button onClick={() => setBroken(true)}>Break</button>;
}
