/** Keys that would read as more than one step. */
const AMBIGUOUS = /[.[\]"]|^$/

/** Where a value is: `card.number`, `headers[0].value`; an unusual key in quotes, `["a.b"]`. */
export function pathText(steps: readonly (string | number)[]): string {
  let path = ''
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else if (AMBIGUOUS.test(step)) path += `[${JSON.stringify(step)}]`
    else path += path === '' ? step : `.${step}`
  }
  return path
}
