// For tests: a localStorage of one's own, which may be broken.
export function fakeStorage(start: Readonly<Record<string, string>> = {}): Map<string, string> {
  const kept = new Map(Object.entries(start));
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    value: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
  });
  return kept;
}

/** As in a frame without an origin, or with storage refused: the very look at it throws. */
export function refusedStorage(): void {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      throw new DOMException("", "SecurityError");
    },
  });
}
