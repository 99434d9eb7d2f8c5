// A client component's place holds its fallback, which C++ printed, until the browser has taken the page over. So the
// wrapper renders the prop `fallback` while React hydrates, and the component itself from then on. `fallback` is true
// where C++ printed what the component renders first: then it is rendered at once.

import { createElement, useContext, useSyncExternalStore, type ComponentType, type ReactNode } from 'react';
import { CallGuard, Guarded } from './call_guard.tsx';

interface WithFallback {
  readonly fallback?: ReactNode | true;
}

const never = (): (() => void) => () => {};

/** `exported` itself, unless it is a component. */
export function withFallback(exported: unknown): unknown {
  if (!isComponent(exported)) return exported;
  const Component = exported;
  function Client(props: WithFallback): ReactNode {
    const inBrowser = useSyncExternalStore(
      never,
      () => true,
      () => false,
    );
    const isGuarded = useContext(Guarded);
    if (!inBrowser && props.fallback !== true) return props.fallback ?? null;
    const component = createElement(Component, props);
    return isGuarded ? component : createElement(CallGuard, null, component);
  }
  Client.displayName = `Client(${nameOf(Component)})`;
  return Client;
}

function isComponent(value: unknown): value is ComponentType<WithFallback> {
  // memo, forwardRef and lazy give objects that React marks.
  return typeof value === 'function' || (typeof value === 'object' && value !== null && '$$typeof' in value);
}

function nameOf(component: ComponentType<WithFallback>): string {
  return component.displayName ?? component.name ?? 'component';
}
