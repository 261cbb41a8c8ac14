import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A system of its own. */
export interface System {
  /** Signs its owner in, once. */
  link: string;
  stop: () => Promise<void>;
}

/** Starts the system that all journeys share, and hands its address and sign-in link to them. */
export default async function system(): Promise<() => Promise<void>> {
  const { link, stop } = await start("e2e");
  process.env.DEVOS_E2E_LINK = link;
  process.env.DEVOS_E2E_URL = new URL(link).origin;
  return stop;
}

/** Starts `devos up` with its demo on free ports. */
export async function start(name: string): Promise<System> {
  const binary = process.env.DEVOS_BIN;
  if (!binary) throw new Error("DEVOS_BIN names no binary; run the journeys with `cargo xtask test end-to-end`");
  const ports = ["--port", "0", "--otlp-port", "0", "--grpc-port", "0"];
  const child = spawn(binary, ["up", "--fresh", "--name", name, ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const link = await signInLink(child);
  const stop = async () => {
    child.kill("SIGINT");
    if (child.exitCode === null) await once(child, "exit");
  };
  return { link, stop };
}

async function signInLink(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("devos up has no output");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    console.log(line);
    const link = /sign in\s+(http\S+)/.exec(line)?.[1];
    if (link) {
      lines.on("line", (more) => console.log(more));
      return link;
    }
  }
  throw new Error("devos up ended before it was ready");
}
