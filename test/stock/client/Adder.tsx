import { useState, type ReactNode } from 'react';

interface Props {
  count: number;
  add: (word: string) => Promise<string>;
  leave: () => Promise<void>;
  children: ReactNode;
}

export function Adder({ count, add, leave, children }: Props) {
  const [clicks, setClicks] = useState(0);
  const [said, setSaid] = useState('');
  const say = (word: string) => void add(word).then((answer) => setSaid(String(answer)));
  return (
    <section id="adder">
      <p id="count">{count}</p>
      <p id="said">{said}</p>
      {children}
      <button onClick={() => setClicks(clicks + 1)}>Clicked {clicks}</button>
      <button onClick={() => say('tea ✓')}>Add tea</button>
      <button onClick={() => say('refused')}>Add what is refused</button>
      <button onClick={() => void leave()}>Leave</button>
    </section>
  );
}
