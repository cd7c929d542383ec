import { userCache } from "../../src/runtime/models/cache.ts";
import { cudaRuntime, thisMachine } from "../../src/runtime/models/cuda-provider.ts";
import { describeProvider } from "./provider-suite.ts";

const absent = !thisMachine().hasDriver
  ? "there is no driver of NVIDIA"
  : cudaRuntime(userCache()) === null && "the provider is not in the cache: papertrace providers add cuda";

describeProvider("cuda", { skip: absent });
