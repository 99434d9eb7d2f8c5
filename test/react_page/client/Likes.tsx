import type { LikesProps } from 'duramen/app';
import { useOptimistic, useState, useTransition } from 'react';
import { useSeen } from './see.ts';

export function Likes({ words, like }: LikesProps) {
  const [shown, addShown] = useOptimistic(words, (all: readonly string[], word: string) => [...all, `${word}…`]);
  const [isPending, startTransition] = useTransition();
  const [said, setSaid] = useState('');
  useSeen(`likes ${shown.join(',')}${isPending ? ' pending' : ''} ${said}`);
  const run = (word: string): void =>
    startTransition(async () => {
      addShown(word);
      try {
        const answer = await like(word);
        startTransition(() => setSaid(answer));
      } catch (error) {
        startTransition(() => setSaid(error instanceof Error ? `${error.name}: ${error.message}` : 'failed'));
      }
    });
  return (
    <div id="likes">
      <button onClick={() => run('tea')}>Like tea</button>
      <button onClick={() => run('refused')}>Like what is refused</button>
      <output id="said">{said}</output>
    </div>
  );
}
