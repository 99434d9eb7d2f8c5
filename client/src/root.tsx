// The root component: shows the link's page, and survives a page that throws. Without the boundary one such version
// would leave the document blank for ever; with it the next version is shown.

import { Component, useEffect, useRef, type ReactNode } from 'react';
import { CallGuard } from './call_guard.tsx';
import type { Link } from './link.ts';
import { PageContext, type PageTools } from './page_context.ts';

interface RootProps {
  readonly link: Link;
  readonly tools: PageTools;
  /** Called once, when the page has been taken over from the document. */
  readonly onHydrated: () => void;
}

export function Root({ link, tools, onHydrated }: RootProps): ReactNode {
  const page = link.useShownPage();
  const hydrated = useRef(false);
  useEffect(() => {
    if (hydrated.current) return;
    hydrated.current = true;
    onHydrated();
  }, [onHydrated]);
  return (
    <PageContext value={tools}>
      <Boundary version={page.version}>
        <CallGuard isOutermost>{page.node}</CallGuard>
      </Boundary>
    </PageContext>
  );
}

interface BoundaryProps {
  readonly version: number;
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly version: number;
  readonly failed: boolean;
}

class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { version: this.props.version, failed: false };

  static getDerivedStateFromError(): Partial<BoundaryState> {
    return { failed: true };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: BoundaryState): BoundaryState | null {
    return props.version === state.version ? null : { version: props.version, failed: false };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <p role="alert" data-duramen-failed="">
        This page could not be shown.
      </p>
    );
  }
}
