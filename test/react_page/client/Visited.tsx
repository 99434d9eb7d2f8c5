export function Visited() {
  return <p id="visited">This component came with its page</p>;
}
