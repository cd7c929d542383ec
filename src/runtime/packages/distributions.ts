import { normalName } from "../models/package-index.ts";

/** What can be done about a package that source imports and that is not there. */
export type Way =
  /** It may be got; `name` is the index's. */
  | { readonly kind: "get"; readonly name: string }
  /** It has compiled code, which nothing can bring here. */
  | { readonly kind: "compiled"; readonly name: string }
  /** A module of that name is the author's own, as a rule. */
  | { readonly kind: "own" };

/** Packages that the index knows under another name than source imports. */
const DISTRIBUTIONS: Readonly<Record<string, string>> = {
  attr: "attrs",
  bs4: "beautifulsoup4",
  cv2: "opencv-python",
  dateutil: "python-dateutil",
  faiss: "faiss-cpu",
  hydra: "hydra-core",
  open_clip: "open-clip-torch",
  OpenGL: "PyOpenGL",
  PIL: "pillow",
  pkg_resources: "setuptools",
  pytorch_msssim: "pytorch-msssim",
  skimage: "scikit-image",
  sklearn: "scikit-learn",
  yaml: "PyYAML",
};

/** Imports whose package has compiled code in every release. */
const COMPILED: ReadonlySet<string> = new Set([
  "PIL",
  "apex",
  "causal_conv1d",
  "cupy",
  "cv2",
  "decord",
  "faiss",
  "flash_attn",
  "h5py",
  "mamba_ssm",
  "mmcv",
  "numba",
  "open3d",
  "pandas",
  "pytorch3d",
  "scipy",
  "skimage",
  "sklearn",
  "torch_cluster",
  "torch_scatter",
  "torch_sparse",
  "torchvision",
  "torchaudio",
  "triton",
  "xformers",
]);

/** Names that folders and files of a repository have; the index's packages of these names are others. */
const OWN: ReadonlySet<string> = new Set(
  (
    "arch archs backbone backbones base block blocks common config configs core data dataset datasets engine experiments " +
    "helper helpers layer layers lib libs loss losses main misc model modeling models module modules nets network networks " +
    "ops options scripts src tests tools train trainer util utils"
  ).split(" "),
);

/** Packages of the index that traces do without: what stands in for them is there, or no forward pass computes with them. */
const STANDS_IN: ReadonlySet<string> = new Set(
  (
    "accelerate aiohttp beautifulsoup4 boto3 certifi click colorama dask datasets deepspeed evaluate fastapi filelock fire " +
    "fsspec gradio httpx huggingface-hub importlib-metadata jax kornia lightning loguru matplotlib mlflow modelscope mpmath " +
    "networkx numpy onnx onnxruntime packaging peft pillow pip plotly pydantic pytest pytorch-ignite pytorch-lightning " +
    "pyyaml regex requests rich safetensors scikit-learn seaborn setuptools sympy tensorboard tensorboardx tensorflow " +
    "tokenizers torch torchmetrics torchvision tqdm transformers typer typing-extensions urllib3 visdom wandb"
  ).split(" "),
);

export function wayTo(imported: string): Way {
  const name = DISTRIBUTIONS[imported] ?? normalName(imported);
  if (COMPILED.has(imported)) return { kind: "compiled", name };
  return OWN.has(imported.toLowerCase()) ? { kind: "own" } : { kind: "get", name };
}

/** Whether a package of the index is nothing that a trace needs. @param name normalised */
export function standsIn(name: string): boolean {
  return STANDS_IN.has(name);
}

/** Whether a package is known to have compiled code in every release. @param name normalised */
export function isCompiled(name: string): boolean {
  return [...COMPILED].some(imported => normalName(distributionOf(imported)) === name);
}

/** The name under which the index may know what a reader typed: the name of an import, or its own. */
export function distributionOf(typed: string): string {
  return DISTRIBUTIONS[typed] ?? normalName(typed);
}
