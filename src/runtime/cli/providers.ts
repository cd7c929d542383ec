import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { userCache } from "../models/cache.ts";
import { addCudaProvider, CUDA_PROVIDER, unpackedBytes } from "../models/cuda-provider.ts";
import { progressLines } from "../models/progress.ts";
import { useProxies } from "../models/proxies.ts";
import { type Command, UsageError } from "./command.ts";

/** `papertrace providers add cuda`: what onnxruntime lacks to run on an NVIDIA GPU. */
export const providersCommand: Command = {
  name: "providers",
  usage: "providers add cuda",
  async run(argv, io) {
    if (argv.length !== 2 || argv[0] !== "add" || argv[1] !== "cuda")
      throw new UsageError(t("providers takes “add cuda”."));
    const { name, version, wheel } = CUDA_PROVIDER;
    const unpacked = fileSize(unpackedBytes(CUDA_PROVIDER));
    io.err(t("{0} {1}: {2} from pypi.org, {3} unpacked.", name, version, fileSize(wheel.bytes), unpacked));
    const restore = useProxies(io.environment);
    try {
      const folder = await addCudaProvider({
        cache: userCache(io.environment),
        environment: io.environment,
        signal: io.signal,
        onProgress: progressLines(line => io.err(line)),
      });
      io.out(folder);
      return 0;
    } finally {
      restore();
    }
  },
};
