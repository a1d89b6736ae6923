// Tells, as JSON lines, what became of each test. Runs in the process of `node --test`, which never runs a test itself.

const MESSAGE_CHARACTERS = 600

export default async function* reporter(events) {
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      names.length = data.nesting
      names.push(data.name)
      yield line({ began: names.join(' > '), file: data.file })
    } else if (type === 'test:pass' || type === 'test:fail') {
      names.length = data.nesting
      const path = [...names, data.name]
      yield line({
        test: path,
        suite: data.details?.type === 'suite',
        passed: type === 'test:pass',
        skipped: data.skip !== undefined || data.todo !== undefined,
        message: type === 'test:fail' ? message(data.details?.error) : '',
        failure: data.details?.error?.failureType ?? '',
        seconds: (data.details?.duration_ms ?? 0) / 1000,
        file: data.file ?? '',
        line: data.line ?? 0,
        nesting: data.nesting,
      })
    } else if (type === 'test:stderr') {
      yield line({ stderr: String(data.message).slice(0, MESSAGE_CHARACTERS), file: data.file })
    }
  }
  yield line({ ended: true })
}

function message(error) {
  const text = error?.cause?.message ?? error?.message ?? String(error?.cause ?? error ?? '')
  return String(text).slice(0, MESSAGE_CHARACTERS)
}

function line(told) {
  return JSON.stringify(told) + '\n'
}
