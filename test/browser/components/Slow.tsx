// A module of its own, whose file the test server holds back.

export function Slow() {
  return <b id="slow">here</b>;
}
