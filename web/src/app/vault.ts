// The account that is remembered on this device: in IndexedDB, its password
// encrypted by a key of the browser's that no script can read. Whoever can run
// scripts in this page can sign in with it, but not carry it away; and no copy
// of the profile's files holds it in clear.

export interface Account {
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

interface Sealed {
  readonly server: string;
  readonly username: string;
  readonly key: CryptoKey;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly password: ArrayBuffer;
}

const database = "webphone-account";
const store = "accounts";
const entry = "remembered";

/** AES-GCM (NIST SP 800-38D) with a nonce that is never used twice: each account that is kept has a key of its own. */
const algorithm = "AES-GCM";

/** What the password belongs to: with another server or user name it can't be decrypted. */
const bound = ({ server, username }: Pick<Account, "server" | "username">) =>
  new TextEncoder().encode(JSON.stringify([server, username]));

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Vault {
  readonly #database: IDBDatabase;

  private constructor(opened: IDBDatabase) {
    this.#database = opened;
  }

  /** `null` where the browser keeps or encrypts nothing, such as outside a secure context. */
  static async open(): Promise<Vault | null> {
    try {
      if (!crypto.subtle) return null;
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store);
      return new Vault(await settled(request));
    } catch {
      return null;
    }
  }

  /** Keeps this account in place of any other. */
  async remember(account: Account): Promise<void> {
    const { server, username } = account;
    const key = await crypto.subtle.generateKey({ name: algorithm, length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const password = await crypto.subtle.encrypt(
      { name: algorithm, iv, additionalData: bound(account) },
      key,
      new TextEncoder().encode(account.password),
    );
    const sealed: Sealed = { server, username, key, iv, password };
    await settled(this.#store("readwrite").put(sealed, entry));
  }

  /** The account, or `null`. What can't be read is forgotten. */
  async recall(): Promise<Account | null> {
    try {
      const sealed = (await settled(this.#store("readonly").get(entry))) as Sealed | undefined;
      if (!sealed) return null;
      const { server, username, key, iv, password } = sealed;
      const clear = await crypto.subtle.decrypt(
        { name: algorithm, iv, additionalData: bound(sealed) },
        key,
        password,
      );
      return { server, username, password: new TextDecoder().decode(clear) };
    } catch {
      await this.forget();
      return null;
    }
  }

  async forget(): Promise<void> {
    await settled(this.#store("readwrite").delete(entry)).catch(() => {});
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(store, mode, { durability: "strict" }).objectStore(store);
  }
}
