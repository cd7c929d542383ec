/** What is known of the process that asks. */
export interface HostProcess {
  /** Of Node, such as "24.18.1". */
  readonly nodeVersion: string;
  /** Set in Electron, which acts as Node when it is asked to. */
  readonly electronVersion: string | undefined;
}

/** Oldest Node that the child processes run under. */
const oldest = [22, 13] as const;

/** Whether child processes can run under the program that runs this one, or need the Node that Papertrace ships. */
export function servesChildren({ nodeVersion, electronVersion }: HostProcess): boolean {
  if (electronVersion !== undefined) return true;
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
