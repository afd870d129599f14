const settleMs = 1000;
setTimeout(() => globalThis.gc?.({ type: 'major', flavor: 'last-resort' }), settleMs).unref();
