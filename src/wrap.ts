import { types } from 'node:util'

/** What a guarded tool returns: an async iterable at once when the tool returns one, else a promise of the tool's own result. */
export type GuardedResult<Result> =
  Result extends AsyncIterable<infer Item> ? AsyncIterable<Item> : Promise<Awaited<Result>>

/** A tool behind the guard: same `this`, same parameters, always asynchronous. */
export type GuardedTool<This, Args extends unknown[], Result> = (this: This, ...args: Args) => GuardedResult<Result>

/** A record of tools behind the guard; what is not a function does not belong in it. */
export type GuardedTools<Tools> = {
  [Name in keyof Tools]: Tools[Name] extends (this: infer This, ...args: infer Args) => infer Result
    ? GuardedTool<This, Args, Result>
    : never
}

/** One call of a wrapped function, before anyone looked at it. */
export interface Invocation<Result> {
  readonly args: readonly unknown[]
  /** Runs the tool with the arguments the guard made for it. */
  run(args: unknown[]): Result
}

/** How the guard takes calls: one way for tools that answer once, one for tools that answer in a stream. */
export interface Entrance<Result> {
  call(invocation: Invocation<Result>): Promise<Awaited<Result>>
  stream(invocation: Invocation<Result>): AsyncIterable<unknown>
}

type Tool<This, Args extends unknown[], Result> = (this: This, ...args: Args) => Result

/** Puts a function behind the guard. `this`, the name and the number of parameters stay. */
export function wrapTool<This, Args extends unknown[], Result>(
  run: Tool<This, Args, Result>,
  entrance: Entrance<Result>,
  shape: 'promise' | 'stream',
): GuardedTool<This, Args, Result> {
  function guarded(this: This, ...args: Args): Promise<Awaited<Result>> | AsyncIterable<unknown> {
    // The guard hands back the arguments in the shape they came in.
    const invocation: Invocation<Result> = { args, run: (fresh) => run.apply(this, fresh as Args) }
    return shape === 'stream' ? entrance.stream(invocation) : entrance.call(invocation)
  }
  Object.defineProperty(guarded, 'name', { value: run.name, configurable: true })
  Object.defineProperty(guarded, 'length', { value: run.length, configurable: true })
  return guarded as GuardedTool<This, Args, Result>
}

/** Whether a function says by itself that it returns an async iterable. */
export const isAsyncGenerator = (run: (...args: never[]) => unknown): boolean =>
  types.isGeneratorFunction(run) && types.isAsyncFunction(run)
