import type { Branch, SamplerProps, Shade } from 'duramen/app';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Same<A, B> extends true ? [] : ['these types differ']): void {}

same<SamplerProps['flag'], boolean>();
same<SamplerProps['number'], number>();
same<Shade, 'light' | 'dark'>();
same<SamplerProps['shade'], Shade>();
same<SamplerProps['note'], string | undefined>();
same<SamplerProps['table'], ReadonlyArray<readonly number[]>>();
same<Branch['branches'], readonly Branch[]>();
same<SamplerProps['shades'], ReadonlyMap<string, Shade>>();
same<SamplerProps['seen'], ReadonlySet<number>>();
same<SamplerProps['when'], Date>();
same<SamplerProps['large'], bigint>();
same<SamplerProps['bytes'], Uint8Array>();
same<SamplerProps['samples'], Float32Array>();
same<SamplerProps['picture'], Blob>();
same<SamplerProps['anything'], unknown>();
same<ReturnType<SamplerProps['find']>, Promise<readonly Branch[]>>();

// One of each, as JSX uses it.
export function Sampler(props: SamplerProps) {
  return (
    <form action={props.submit}>
      <button formAction={props.upload}>Upload</button>
      <button formAction={props.reset}>Reset</button>
      <button type="button" onClick={() => void props.find(1).then(([first]) => props.submit(first!))}>
        {props.note ?? props.branch.name}
      </button>
      {props.children}
    </form>
  );
}
