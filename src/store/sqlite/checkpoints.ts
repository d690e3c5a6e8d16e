/**
 * Moving what is committed from SQLite's write-ahead log into its file, and onto the disk. SQLite does it within a commit,
 * which takes as long as the disk does; here it is done on another thread, and requests are answered meanwhile.
 * https://www.sqlite.org/wal.html#checkpointing
 */
import Libsql from 'libsql/promise';

/** There is one after so many statements at least, */
const worthwhile = 200;
/** and after so many milliseconds. */
const pause = 200;

/** Runs `work` while nothing is written. */
type Exclusively = (work: () => Promise<void>) => Promise<void>;

export class Checkpoints {
  readonly #path: string;
  readonly #exclusively: Exclusively;
  #statements = 0;
  #timer: NodeJS.Timeout | undefined;
  #underway: Promise<void> | undefined;
  #connection: Libsql | undefined;

  constructor(path: string, exclusively: Exclusively) {
    this.#path = path;
    this.#exclusively = exclusively;
  }

  /** Notes that there was a statement. */
  count(): void {
    this.#statements += 1;
    if (this.#statements < worthwhile || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#underway = this.#make();
    }, pause).unref();
  }

  /** @returns once none is under way, and none begins any more */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#underway;
    this.#connection?.close();
  }

  async #make(): Promise<void> {
    this.#statements = 0;
    try {
      this.#connection ??= new Libsql(this.#path, {});
      const connection = this.#connection;
      const move = async () => void (await connection.exec('PRAGMA wal_checkpoint(PASSIVE)'));
      await move();
      // SQLite begins its log anew only where all of it was moved; what has come meanwhile is little.
      await this.#exclusively(move);
    } catch {
      // What stands against it stands against commits as well, and those say so.
    } finally {
      this.#timer = undefined;
    }
  }
}
